/** Escalation policies as sentences, and their form: steps that come, go and change places. */
import type { EscalationPolicy, EscalationTarget } from "@v-insight/domain/model/EscalationPolicy"
import { both, counted } from "#lib/words/lists.ts"
import { spanInWords } from "#lib/words/time.ts"

/** Whom a step can tell, as a form offers it. */
export interface Choice {
  /** `schedule:<id>`, `user:<id>`, `channel:<id>` */
  readonly value: string
  readonly label: string
  readonly group: "Whoever is on call in" | "People" | "Channels"
}

/** What a form says of one step. */
export interface StepValues {
  /** Minutes. */
  readonly wait: string
  readonly targets: ReadonlyArray<string>
}

export interface PolicyValues {
  readonly name: string
  readonly repeats: string
  readonly steps: ReadonlyArray<StepValues>
}

export const valueOf = (target: EscalationTarget): string => {
  switch (target.type) {
    case "schedule":
      return `schedule:${target.scheduleId}`
    case "user":
      return `user:${target.userId}`
    case "channel":
      return `channel:${target.channelId}`
  }
}

/** `whoever is on call in Primary`, `mara@halyard.example`, `#ops` */
export const targetText = (value: string, choices: ReadonlyArray<Choice>): string => {
  const choice = choices.find((one) => one.value === value)
  if (choice?.group === "Whoever is on call in") return `whoever is on call in ${choice.label}`
  return choice?.label ?? (value.startsWith("schedule:") ? "a deleted schedule" : "somebody who is gone")
}

/** `After 5 minutes tell whoever is on call in Primary, then after 10 minutes more tell #ops.` */
export const policySentence = (
  { repeats, steps }: Pick<EscalationPolicy, "repeats" | "steps">,
  choices: ReadonlyArray<Choice>
): string => {
  const told = steps.map(({ targets, waitSeconds }, index) => {
    const wait = spanInWords(waitSeconds * 1000)
    const when = waitSeconds === 0 ? (index === 0 ? "at once" : "") : `after ${wait}${index === 0 ? "" : " more"}`
    return `${when === "" ? "" : `${when} `}tell ${both(targets.map((target) => targetText(valueOf(target), choices)))}`
  })
  const sentence = told.join(", then ")
  const again = repeats === 0 ? "" : ` If nobody reacts, all of it again, ${counted(repeats, "time")}.`
  return `${sentence.charAt(0).toUpperCase()}${sentence.slice(1)}.${again}`
}

/** The first line of the list. */
export const policiesHeadline = (count: number): string =>
  count === 0
    ? "If nobody reacts, nobody else is told."
    : `${counted(count, "policy").replace("policys", "policies")} tell${count === 1 ? "s" : ""} others if nobody reacts.`

export const emptyStep: StepValues = { wait: "10", targets: [] }

/** What a button of the form does: `add`, `remove:1`, `up:1`, `down:0`. */
export const changedSteps = (values: PolicyValues, change: string): PolicyValues => {
  const [kind, place = ""] = change.split(":")
  const index = place === "" ? -1 : Number(place)
  const { steps } = values
  if (kind === "add") return { ...values, steps: [...steps, emptyStep].slice(0, mostSteps) }
  if (!Number.isInteger(index) || steps[index] === undefined) return values
  if (kind === "remove") return { ...values, steps: steps.filter((_, each) => each !== index) }
  if (kind === "up") return { ...values, steps: swapped(steps, index, index - 1) }
  return kind === "down" ? { ...values, steps: swapped(steps, index, index + 1) } : values
}

export const mostSteps = 10

/** Two of them in each other's place; what has no other place stays. */
export const swapped = <A>(items: ReadonlyArray<A>, one: number, other: number): ReadonlyArray<A> =>
  items[other] === undefined
    ? items
    : items.map((item, index) => (index === one ? items[other]! : index === other ? items[one]! : item))
