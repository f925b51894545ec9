/**
 * How durations are spread, small enough to keep for years and exact enough to tell p99 over any range: counts in buckets
 * that grow by a tenth each, as in DDSketch (Masson, Rim, Lee 2019). Histograms add up; averages of percentiles do not.
 */

/** One bucket's upper end to the one before it. A quantile is wrong by (1.1 - 1) / (1.1 + 1) = 4.8 % at most. */
const growth = 1.1
/** One byte. The last bucket ends at 10 hours; no check takes as long. */
const buckets = 256
/** One byte: a larger count is written as several entries of the same bucket. */
const maxEntryCount = 255

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

export const merge = (a: Histogram, b: Histogram): Histogram => a.map((count, bucket) => count + b[bucket]!)

/**
 * What tables keep: two bytes per entry, bucket and count, in order of buckets; a bucket may come again. So texts of two
 * histograms one after the other are the text of both together: PostgreSQL merges them with string_agg.
 */
export const encode = (histogram: Histogram): Uint8Array => {
  const bytes: Array<number> = []
  for (const [bucket, count] of histogram.entries()) {
    for (let left = count; left > 0; left -= maxEntryCount) bytes.push(bucket, Math.min(left, maxEntryCount))
  }
  return Uint8Array.from(bytes)
}

export const decode = (bytes: Uint8Array): Histogram => {
  const histogram = new Float64Array(buckets)
  for (let index = 0; index + 1 < bytes.length; index += 2) histogram[bytes[index]!]! += bytes[index + 1]!
  return histogram
}

/** How many durations are in it. */
export const countOf = (histogram: Histogram): number => {
  let count = 0
  for (const one of histogram) count += one
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
