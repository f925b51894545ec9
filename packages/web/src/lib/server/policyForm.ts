/** The form of an escalation policy, both ways. */
import type { EscalationPolicy } from "@v-insight/domain/model/EscalationPolicy"
import { emptyStep, mostSteps, type PolicyValues, valueOf } from "#lib/escalation/policy.ts"
import { text, texts, trimmed } from "./forms.ts"

export const emptyPolicy: PolicyValues = { name: "", repeats: "0", steps: [{ ...emptyStep, wait: "5" }] }

export const filledPolicy = ({ name, repeats, steps }: EscalationPolicy): PolicyValues => ({
  name,
  repeats: String(repeats),
  steps: steps.map(({ targets, waitSeconds }) => ({
    wait: String(Math.round((waitSeconds / 60) * 1000) / 1000),
    targets: targets.map(valueOf)
  }))
})

export const policyValues = (form: FormData): PolicyValues => {
  const count = Math.min(mostSteps, Math.max(0, Math.trunc(Number(text(form, "steps"))) || 0))
  return {
    name: trimmed(form, "name"),
    repeats: trimmed(form, "repeats"),
    steps: Array.from({ length: count }, (_, index) => ({
      wait: trimmed(form, `wait.${index}`),
      targets: [...new Set(texts(form, `target.${index}`))]
    }))
  }
}

/** As the API wants to hear it. */
export const policyOf = ({ name, repeats, steps }: PolicyValues) => ({
  name,
  steps: steps.map(({ targets, wait }) => ({
    waitSeconds: wait === "" ? 0 : Math.round(Number(wait) * 60),
    targets: targets.map(targetOf)
  })),
  repeats: repeats === "" ? 0 : Number(repeats)
})

const targetOf = (value: string) => {
  const [type, id] = value.split(":")
  if (type === "schedule") return { type, scheduleId: id }
  return type === "user" ? { type, userId: id } : { type: "channel", channelId: id }
}
