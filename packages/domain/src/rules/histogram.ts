/**
 * How durations are spread, small enough to keep for years and exact enough to tell p99 over any range: counts in buckets
 * that grow by a tenth each, as in DDSketch (Masson, Rim, Lee 2019). Histograms add up; averages of percentiles do not.
 */

/** One bucket's upper end to the one before it. A quantile is wrong by (1.1 - 1) / (1.1 + 1) = 4.8 % at most. */
const growth = 1.1
/** The last bucket ends at 172 s; no check takes as long, and short durations end before (shortDuration.ts). */
const buckets = 200

/** Counts by bucket. Bucket 0 holds up to 1 us, bucket b what is above 1.1^(b-1) and up to 1.1^b. */
export type Histogram = Float64Array

export const bucketOf = (us: number): number =>
  us <= 1 ? 0 : Math.min(buckets - 1, Math.ceil(Math.log(us) / Math.log(growth)))

/** The duration that a bucket stands for, microseconds: as far from either end of it, relatively. */
const durationOf = (bucket: number): number => (bucket === 0 ? 1 : (2 * growth ** bucket) / (growth + 1))

export const of = (durationsUs: Iterable<number>): Histogram => {
  const histogram = new Float64Array(buckets)
  for (const us of durationsUs) histogram[bucketOf(us)]! += 1
  return histogram
}

/** One of all. Into one array: a new one for each step made the list of 100 monitors three times as dear. */
export const merge = (all: Iterable<Histogram>): Histogram => {
  const sum = new Float64Array(buckets)
  for (const one of all) for (let bucket = 0; bucket < buckets; bucket++) sum[bucket]! += one[bucket]!
  return sum
}

/** First bytes of entries: from here on a count of 2 or more, in this byte or in those behind the bucket. */
const manyFrom = buckets
const largestMany = 55
const inOneByte = 254
const inTwoBytes = 255

/**
 * What tables keep: entries in order of buckets. A byte below 200 is one duration in that bucket; 200 to 253 and a bucket
 * are 2 to 55 of them; 254, a bucket and a byte are as many as the byte says; 255, a bucket and two bytes, the high one
 * first, likewise. A bucket may come again, so texts of two histograms one after the other are the text of both together:
 * PostgreSQL merges them with string_agg, and merged_histogram() makes a short one of it.
 */
export const encode = (histogram: Histogram): Uint8Array => {
  const bytes: Array<number> = []
  for (const [bucket, count] of histogram.entries()) {
    for (let left = count; left > 0; left -= 0xffff) bytes.push(...entryOf(bucket, Math.min(left, 0xffff)))
  }
  return Uint8Array.from(bytes)
}

const entryOf = (bucket: number, count: number): ReadonlyArray<number> =>
  count === 1
    ? [bucket]
    : count <= largestMany
      ? [manyFrom + count - 2, bucket]
      : count <= 0xff
        ? [inOneByte, bucket, count]
        : [inTwoBytes, bucket, count >> 8, count & 0xff]

export const decode = (bytes: Uint8Array): Histogram => addTo(new Float64Array(buckets), bytes)

/** What `bytes` tell, into a histogram that is there: a list of 100 monitors has 2,400 hours, each looked at only once. */
export const addTo = (histogram: Histogram, bytes: Uint8Array): Histogram => {
  let index = 0
  while (index < bytes.length) {
    const first = bytes[index++]!
    if (first < manyFrom) histogram[first]! += 1
    else {
      const bucket = bytes[index++]!
      if (first < inOneByte) histogram[bucket]! += first - manyFrom + 2
      else if (first === inOneByte) histogram[bucket]! += bytes[index++]!
      else histogram[bucket]! += bytes[index++]! * 256 + bytes[index++]!
    }
  }
  return histogram
}

/** How many durations are in it. */
export const countOf = (histogram: Histogram): number => {
  let count = 0
  for (let bucket = 0; bucket < buckets; bucket++) count += histogram[bucket]!
  return count
}

/** The duration that the share `q` (0 to 1) of all does not exceed, by nearest rank, microseconds; null without any. */
export const quantile = (histogram: Histogram, q: number): number | null => {
  const rank = Math.max(1, Math.ceil(q * countOf(histogram)))
  let passed = 0
  for (let bucket = 0; bucket < buckets; bucket++) {
    passed += histogram[bucket]!
    if (passed >= rank) return durationOf(bucket)
  }
  return null
}
