/** An alert rule, read back as one sentence: what people check before they trust it. */
import type { ActiveHours, Weekday } from "../model/ActiveHours.ts"
import type { AlertCondition, AlertRule } from "../model/AlertRule.ts"

export interface RuleNames {
  /** Of the scope's monitors, the first of them by name. */
  readonly monitors: ReadonlyArray<string>
  /** How many monitors the scope names. */
  readonly monitorCount: number
  readonly channels: ReadonlyArray<string>
  /** Of the escalation policy; null: none. */
  readonly policy: string | null
}

type Told = Pick<AlertRule, "condition" | "severity" | "delaySeconds" | "repeatSeconds" | "activeHours"> & {
  readonly tags: ReadonlyArray<string>
}

export const ruleSentence = (rule: Told, names: RuleNames): string => {
  const parts = [
    `When ${subject(rule.tags, names)} ${happens(rule.condition, rule.delaySeconds)}`,
    `tell ${names.channels.length === 0 ? "no channel" : joined(names.channels, "and")} at once`,
    ...(rule.severity === "critical" ? [] : [rule.severity === "warning" ? "as a warning" : "for information"]),
    ...(rule.repeatSeconds === null ? [] : [`again every ${duration(rule.repeatSeconds)} until somebody acknowledges`]),
    ...(names.policy === null ? [] : [`and follow ${names.policy} until somebody acknowledges`]),
    ...(rule.activeHours === null ? [] : [hoursText(rule.activeHours)])
  ]
  return `${parts.join(", ")}.`
}

/** Seconds as people say them: `2 minutes`, `1 hour and 30 minutes`. */
export const duration = (seconds: number): string => {
  const units = [
    [86_400, "day"],
    [3600, "hour"],
    [60, "minute"],
    [1, "second"]
  ] as const
  let rest = seconds
  const said = units.flatMap(([size, name]) => {
    const count = Math.floor(rest / size)
    rest -= count * size
    return count === 0 ? [] : [`${count} ${name}${count === 1 ? "" : "s"}`]
  })
  return said.length === 0 ? "0 seconds" : joined(said, "and")
}

/** `08:00 to 18:00` on some days, in words. */
export const hoursText = ({ days, from, timeZone, to }: ActiveHours): string => {
  const isWholeDay = from === to || (from === 0 && to === 1440)
  const hours = isWholeDay ? "" : ` from ${clock(from)} to ${clock(to)}${to < from ? " the next day" : ""}`
  return `${daysText(days)}${hours} (${timeZone})`
}

const shownMonitors = 3

const subject = (tags: ReadonlyArray<string>, { monitorCount, monitors }: RuleNames): string => {
  const tagged = tags.length === 0 ? [] : [`any monitor tagged ${joined(tags, "or")}`]
  const shown = monitors.slice(0, monitorCount > shownMonitors + 1 ? shownMonitors : shownMonitors + 1)
  const others = monitorCount - shown.length
  const named = [...shown, ...(others > 0 ? [others === 1 ? "1 other monitor" : `${others} other monitors`] : [])]
  if (named.length === 0) return tagged[0] ?? "any monitor"
  return joined([...named, ...tagged], "or")
}

const happens = (condition: AlertCondition, delaySeconds: number): string => {
  if (condition.trigger === "down") return `is down${delaySeconds === 0 ? "" : ` for ${duration(delaySeconds)}`}`
  return `${finding(condition)}${delaySeconds === 0 ? "" : ` and that lasts for ${duration(delaySeconds)}`}`
}

const finding = (condition: Exclude<AlertCondition, { readonly trigger: "down" }>): string => {
  switch (condition.trigger) {
    case "heartbeat_missed":
      return "does not call in time"
    case "degraded":
      return condition.checks === 1 ? "is degraded" : `is degraded in ${condition.checks} checks in a row`
    case "slow_response":
      return `answers slower than ${condition.aboveMs} ms (${quantile(condition.percentile)} of ${duration(condition.windowSeconds)})`
    case "ssl_expiry":
      return expiry(condition.daysBefore)
    case "flapping":
      return "goes up and down again and again"
    case "coverage_lost":
      return `got less than ${condition.belowPercent} % of its checks in ${duration(condition.windowSeconds)}`
  }
}

const quantile = (percentile: number): string => (percentile === 50 ? "the median" : `the ${percentile}th percentile`)

const expiry = (daysBefore: ReadonlyArray<number>): string => {
  const days = daysBefore.filter((day) => day > 0).sort((a, b) => b - a)
  const isOverToo = days.length < daysBefore.length
  if (days.length === 0) return "has a certificate that has expired"
  const unit = days.length === 1 && days[0] === 1 ? "day" : "days"
  return `has a certificate that expires in ${joined(days.map(String), "or")} ${unit}${isOverToo ? " or has expired" : ""}`
}

const dayNames: Readonly<Record<Weekday, string>> = {
  mon: "Monday",
  tue: "Tuesday",
  wed: "Wednesday",
  thu: "Thursday",
  fri: "Friday",
  sat: "Saturday",
  sun: "Sunday"
}
const week = Object.keys(dayNames) as ReadonlyArray<Weekday>

const daysText = (days: ReadonlyArray<Weekday>): string => {
  const key = week.filter((day) => days.includes(day))
  if (key.length === 7) return "every day"
  if (key.join() === "mon,tue,wed,thu,fri") return "on weekdays"
  if (key.join() === "sat,sun") return "on weekends"
  return `on ${joined(
    key.map((day) => dayNames[day]),
    "and"
  )}`
}

const clock = (minutes: number): string =>
  `${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`

/** `A`, `A or B`, `A, B or C` */
export const joined = (words: ReadonlyArray<string>, last: "and" | "or"): string =>
  words.length <= 1 ? (words[0] ?? "") : `${words.slice(0, -1).join(", ")} ${last} ${words.at(-1)}`
