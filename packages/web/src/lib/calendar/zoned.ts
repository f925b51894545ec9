/** The clock on the wall of a time zone: what fields for date and time show, and what they say. */
import { zoneOffset } from "#lib/words/time.ts"

const wall = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?$/

/** `2026-11-21T12:03`, as a field for date and time shows it. */
export const wallTime = (at: number, timeZone: string): string =>
  new Date(at + zoneOffset(at, timeZone)).toISOString().slice(0, 16)

/** `2026-11-21` */
export const wallDay = (at: number, timeZone: string): string => wallTime(at, timeZone).slice(0, 10)

/**
 * Epoch milliseconds of what a wall clock shows; undefined when it shows no time. The offset in force then is looked up
 * where it holds, not hours away from a change of the clocks.
 */
export const instantAt = (text: string, timeZone: string): number | undefined => {
  const asUtc = wall.test(text) ? Date.parse(`${text}Z`) : Number.NaN
  return Number.isFinite(asUtc) ? asUtc - zoneOffset(asUtc - zoneOffset(asUtc, timeZone), timeZone) : undefined
}

/** The instant as the API wants to hear it; what is no time stays as it was written, for the API to refuse by name. */
export const instantText = (text: string, timeZone: string): string => {
  const at = isZone(timeZone) ? instantAt(text, timeZone) : undefined
  return at === undefined ? text : new Date(at).toISOString()
}

/** Midnight with which a day of the calendar begins. */
export const midnight = (day: string, timeZone: string): number => instantAt(`${day}T00:00`, timeZone) ?? Number.NaN

/** The day so many days later: days of the calendar have 23 to 25 hours. */
export const dayAfter = (day: string, days = 1): string => {
  const at = new Date(`${day}T12:00:00Z`)
  at.setUTCDate(at.getUTCDate() + days)
  return at.toISOString().slice(0, 10)
}

export const isZone = (name: string): boolean => {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone !== "" && name !== ""
  } catch {
    return false
  }
}
