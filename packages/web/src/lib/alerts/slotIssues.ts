/** What is wrong with a rule, by the slot of its sentence: slots are closed, so it is said below. */
import type { Problem } from "#lib/api/problem.ts"

export interface SlotIssue {
  readonly slot: string
  readonly message: string
}

/** Where on the sentence a refused field is, and what to do where the contract only names a shape. */
const slots: ReadonlyArray<readonly [path: string, slot: string, otherwise: string]> = [
  ["condition", "trigger", "Write the limits of what happens as whole numbers, within what is usual."],
  ["scope", "scope", "Choose fewer monitors, at most 1000, or tags, at most 20."],
  ["channelIds", "channels", "Choose channels that there are, at most 20."],
  ["delaySeconds", "delay", "Write how long it must last: a number, at most 24 hours."],
  ["repeatSeconds", "repeat", "Write how often it is told again: a number, from 1 minute to 24 hours."],
  ["activeHours", "hours", "Choose at least one day, and write both times, such as 08:00."],
  ["severity", "severity", "Choose how much it matters."],
  ["escalationPolicyId", "policy", "Choose an escalation policy that there is."]
]

/** Sentences are told as they are; names of shapes, which begin so, are not for people. */
const isShape = (message: string): boolean => message.startsWith("Expected ")

export const slotIssues = (problem: Problem | undefined): ReadonlyArray<SlotIssue> => {
  const found = (problem?.issues ?? []).flatMap(({ path, message }): ReadonlyArray<SlotIssue> => {
    const place = slots.find(([prefix]) => path === prefix || path.startsWith(`${prefix}.`))
    return place === undefined ? [] : [{ slot: place[1], message: isShape(message) ? place[2] : message }]
  })
  return found.filter((issue, index) => found.findIndex(({ message }) => message === issue.message) === index)
}
