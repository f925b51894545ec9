/**
 * What to roll up next: each window once soon after it ended, and once more when late results must have come. Each level
 * is made of the one below, and follows it. Pure: the same progress gives the same piece of work, so a worker that dies
 * leaves nothing behind that the next one would not find.
 */

const minuteMs = 60_000
const dayMs = 86_400_000

/**
 * Kept: five minutes for 3 days, longer than a chart of 500 of them; what is finer than hours and older comes from the
 * checks themselves. Hours for a year and a month beside it, to compare years; days are so few that they stay.
 */
export const levels = [
  { name: "5m", windowMs: 5 * minuteMs, keepDays: 3 },
  { name: "1h", windowMs: 60 * minuteMs, keepDays: 400 },
  { name: "1d", windowMs: dayMs, keepDays: null }
] as const
export type Level = (typeof levels)[number]["name"]

/** Results wait 0.25 s for company; what a busy worker writes later than this is late. */
const soonMs = 20_000
/**
 * Results that come later are not counted. A worker keeps what it could not write while the database was away, and
 * writes it within seconds afterwards; nothing is rolled up meanwhile.
 */
export const latenessMs = 15 * minuteMs

/** Nothing can still come so late: what is caught up after a long absence is made once. */
const longAgoMs = dayMs

/** Epoch milliseconds: what began before has been rolled up, and again with what came late. */
export interface Progress {
  readonly rolledUntil: number
  readonly settledUntil: number
}
export type Progresses = Readonly<Record<Level, Progress>>

export interface Piece {
  readonly level: Level
  readonly from: number
  readonly to: number
  /** What the piece completes. */
  readonly pass: keyof Progress
}

const floor = (at: number, windowMs: number): number => Math.floor(at / windowMs) * windowMs

/** The next piece of a pass, of at most `most` windows; undefined when it is done for now. */
export const nextPiece = (
  progresses: Progresses,
  pass: keyof Progress,
  now: number,
  most: number
): Piece | undefined => {
  for (const [index, { name, windowMs }] of levels.entries()) {
    const from = progresses[name][pass]
    const below = levels[index - 1]
    const complete =
      below === undefined ? now - (pass === "rolledUntil" ? soonMs : latenessMs) : progresses[below.name][pass]
    const end = Math.min(floor(complete, windowMs), pass === "rolledUntil" ? Infinity : progresses[name].rolledUntil)
    if (from < end) return { level: name, from, to: Math.min(end, from + most * windowMs), pass }
  }
  return undefined
}

/** No second pass is needed over what the piece made. */
export const isFinal = ({ to }: Piece, now: number): boolean => to <= now - longAgoMs

/** Where a new installation begins, or one that has checks since `firstCheckAt`: with a day, the largest window. */
export const beginningAt = (firstCheckAt: number): Progresses => {
  const at = floor(firstCheckAt, dayMs)
  const progress = { rolledUntil: at, settledUntil: at }
  return { "5m": progress, "1h": progress, "1d": progress }
}
