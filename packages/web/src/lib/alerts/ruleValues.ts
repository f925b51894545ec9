/** A rule as its form holds it: what was typed, and the way from a rule to it and back to what the API wants. */
import type { AlertRule, AlertTrigger } from "@v-insight/domain/model/AlertRule"
import type { Severity } from "@v-insight/domain/model/Severity"
import { type Amount, amountIn, amountOf, secondsOf } from "./amounts.ts"
import { type HoursValues, hoursIn, hoursOf, hoursValues, usualHours } from "./hours.ts"
import { type LimitValues, triggerWords } from "./triggers.ts"

export interface RuleValues {
  readonly name: string
  readonly trigger: AlertTrigger
  /** Limits of all triggers: those of the chosen one count. */
  readonly limits: LimitValues
  readonly every: boolean
  readonly monitorIds: ReadonlyArray<string>
  readonly tags: ReadonlyArray<string>
  readonly severity: Severity
  readonly channelIds: ReadonlyArray<string>
  readonly isDelayed: boolean
  readonly delay: Amount
  readonly isRepeated: boolean
  readonly repeat: Amount
  readonly hours: HoursValues
  /** "": nobody. */
  readonly policyId: string
  readonly enabled: boolean
}

const usualLimits: LimitValues = {
  checks: "3",
  percentile: "95",
  aboveMs: "800",
  slowMinutes: "10",
  daysBefore: "30, 14, 7, 1",
  belowPercent: "90",
  coverageMinutes: "15"
}

export const newRule = (timeZone: string, channelIds: ReadonlyArray<string>): RuleValues => ({
  name: "",
  trigger: "down",
  limits: usualLimits,
  every: true,
  monitorIds: [],
  tags: [],
  severity: "critical",
  channelIds,
  isDelayed: false,
  delay: { amount: "5", unit: "minutes" },
  isRepeated: false,
  repeat: { amount: "30", unit: "minutes" },
  hours: usualHours("08:00", "18:00", timeZone),
  policyId: "",
  enabled: true
})

/** Severities and triggers are a closed set on the form; anything else is the first. */
export const ruleIn = (form: FormData): RuleValues => {
  const text = (name: string) => {
    const value = form.get(name)
    return typeof value === "string" ? value.trim() : ""
  }
  const texts = (name: string) => form.getAll(name).filter((value) => typeof value === "string" && value !== "")
  return {
    name: text("name"),
    trigger: isTrigger(text("trigger")) ? (text("trigger") as AlertTrigger) : "down",
    limits: Object.fromEntries(
      Object.keys(usualLimits).map((name) => [name, text(`limit.${name}`)])
    ) as unknown as LimitValues,
    every: text("every") !== "some",
    monitorIds: texts("monitorId") as ReadonlyArray<string>,
    tags: texts("tag") as ReadonlyArray<string>,
    severity: isSeverity(text("severity")) ? (text("severity") as Severity) : "critical",
    channelIds: texts("channelId") as ReadonlyArray<string>,
    isDelayed: text("delayed") === "yes",
    delay: amountIn(form, "delay"),
    isRepeated: text("repeated") === "yes",
    repeat: amountIn(form, "repeat"),
    hours: hoursIn(form, "hours"),
    policyId: text("policyId"),
    enabled: form.has("enabled")
  }
}

const isTrigger = (text: string) => Object.hasOwn(triggerWords, text)
const isSeverity = (text: string) => ["critical", "warning", "info"].includes(text)

export const valuesOfRule = (rule: AlertRule, timeZone: string): RuleValues => {
  const usual = newRule(timeZone, rule.channelIds)
  return {
    ...usual,
    name: rule.name,
    trigger: rule.condition.trigger,
    limits: { ...usual.limits, ...limitsOf(rule.condition) },
    every: rule.scope.monitorIds.length + rule.scope.tags.length === 0,
    monitorIds: rule.scope.monitorIds,
    tags: rule.scope.tags,
    severity: rule.severity,
    isDelayed: rule.delaySeconds > 0,
    delay: rule.delaySeconds > 0 ? amountOf(rule.delaySeconds) : usual.delay,
    isRepeated: rule.repeatSeconds !== null,
    repeat: rule.repeatSeconds === null ? usual.repeat : amountOf(rule.repeatSeconds),
    hours: hoursValues(rule.activeHours, usual.hours),
    policyId: rule.escalationPolicyId ?? "",
    enabled: rule.enabled
  }
}

const minutes = (seconds: number): string => String(seconds / 60)

const limitsOf = (condition: AlertRule["condition"]): Partial<LimitValues> => {
  switch (condition.trigger) {
    case "degraded":
      return { checks: String(condition.checks) }
    case "slow_response":
      return {
        percentile: String(condition.percentile),
        aboveMs: String(condition.aboveMs),
        slowMinutes: minutes(condition.windowSeconds)
      }
    case "ssl_expiry":
      return { daysBefore: condition.daysBefore.join(", ") }
    case "coverage_lost":
      return { belowPercent: String(condition.belowPercent), coverageMinutes: minutes(condition.windowSeconds) }
    default:
      return {}
  }
}

/** What is no number stays text, which the API refuses with a sentence. */
const numberOf = (text: string): number | string => (text !== "" && Number.isFinite(Number(text)) ? Number(text) : text)
const secondsIn = (minutes: string) => secondsOf({ amount: minutes, unit: "minutes" })

const conditionOf = (trigger: AlertTrigger, limits: LimitValues): Readonly<Record<string, unknown>> => {
  switch (trigger) {
    case "degraded":
      return { trigger, checks: numberOf(limits.checks) }
    case "slow_response":
      return {
        trigger,
        percentile: numberOf(limits.percentile),
        aboveMs: numberOf(limits.aboveMs),
        windowSeconds: secondsIn(limits.slowMinutes)
      }
    case "ssl_expiry":
      return {
        trigger,
        daysBefore: limits.daysBefore
          .split(/[\s,;]+/)
          .filter(Boolean)
          .map(numberOf)
      }
    case "coverage_lost":
      return {
        trigger,
        belowPercent: numberOf(limits.belowPercent),
        windowSeconds: secondsIn(limits.coverageMinutes)
      }
    default:
      return { trigger }
  }
}

/** As the API wants to hear it: what is chosen below "any monitor" does not count. */
export const ruleOf = (values: RuleValues) => ({
  name: values.name === "" ? triggerWords[values.trigger].name : values.name,
  condition: conditionOf(values.trigger, values.limits),
  scope: values.every ? {} : { monitorIds: values.monitorIds, tags: values.tags },
  severity: values.severity,
  channelIds: values.channelIds,
  delaySeconds: values.isDelayed ? secondsOf(values.delay) : 0,
  repeatSeconds: values.isRepeated ? secondsOf(values.repeat) : null,
  activeHours: hoursOf(values.hours),
  escalationPolicyId: values.policyId === "" ? null : values.policyId,
  enabled: values.enabled
})
