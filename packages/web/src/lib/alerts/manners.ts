/** When and how often a channel is told, whatever its kind: as its form holds it. */
import type { AlertChannel } from "@v-insight/domain/model/AlertChannel"
import { type Amount, amountIn, amountOf, amountText, secondsOf } from "./amounts.ts"
import { type HoursValues, hoursIn, hoursOf, hoursText, hoursValues, usualHours } from "./hours.ts"

export interface MannerValues {
  readonly quiet: HoursValues
  readonly exceptCritical: boolean
  readonly messages: string
  readonly per: Amount
}

/** Where somebody starts from: nights on every day. */
const usualQuiet = (timeZone: string): HoursValues => ({
  ...usualHours("22:00", "07:00", timeZone),
  days: ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
})

export const mannersOfChannel = (
  { quietHours, stormBudget }: Pick<AlertChannel, "quietHours" | "stormBudget">,
  timeZone: string
): MannerValues => ({
  quiet: hoursValues(quietHours, usualQuiet(timeZone)),
  exceptCritical: quietHours?.exceptCritical ?? true,
  messages: String(stormBudget.messages),
  per: amountOf(stormBudget.seconds)
})

export const mannersIn = (form: FormData): MannerValues => {
  const messages = form.get("storm.messages")
  return {
    quiet: hoursIn(form, "quiet"),
    exceptCritical: form.has("exceptCritical"),
    messages: typeof messages === "string" ? messages.trim() : "",
    per: amountIn(form, "storm")
  }
}

/** As the API wants to hear it. */
export const mannersOf = ({ quiet, exceptCritical, messages, per }: MannerValues) => {
  const hours = hoursOf(quiet)
  const count = Number(messages)
  return {
    quietHours: hours === null ? null : { ...hours, exceptCritical },
    stormBudget: {
      // What is no number stays text, which the API refuses with a sentence.
      messages: messages !== "" && Number.isFinite(count) ? count : messages,
      seconds: secondsOf(per)
    }
  }
}

/** `every day from 22:00 to 07:00 the next day (Europe/Berlin), except critical` */
export const quietText = ({ quiet, exceptCritical }: MannerValues): string =>
  quiet.isLimited ? `${hoursText(quiet)}${exceptCritical ? ", except critical" : ""}` : "none"

/** `20 messages in 5 minutes` */
export const budgetText = ({ messages, per }: MannerValues): string => `${messages} messages in ${amountText(per)}`
