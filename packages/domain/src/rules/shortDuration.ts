/**
 * Microseconds in two bytes, as checks are kept: 12 bits and the 4 bits of a power of two. Exact below 4096 us, right to
 * 1/4096 above, at most 134 s. Signed, as PostgreSQL's smallint is; the same as short_duration() in SQL.
 */

const mantissaBits = 12
const mantissas = 1 << mantissaBits
/** (2^12 - 1) * 2^15 us. */
export const longestUs = (mantissas - 1) * 2 ** 15

/** 0 is no duration; one of 0 us is 0 times two. */
export const toShort = (us: number | null): number => {
  if (us === null) return 0
  if (us < 1) return mantissas
  const capped = Math.min(us, longestUs)
  let exponent = 0
  // Halves are rounded up.
  while (Math.floor(capped / 2 ** exponent + 0.5) >= mantissas) exponent++
  const bits = Math.floor(capped / 2 ** exponent + 0.5) + exponent * mantissas
  return bits < 2 ** 15 ? bits : bits - 2 ** 16
}

export const toMicroseconds = (short: number): number | null =>
  short === 0 ? null : (short & (mantissas - 1)) * 2 ** ((short >> mantissaBits) & 15)
