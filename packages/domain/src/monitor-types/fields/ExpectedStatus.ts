/** Which statuses are as they should be. */
import { Schema } from "effect"

/** 50 ranges with blanks around them. */
const maxLength = 500

/** `200`, `"200-299"`, `"2xx"`, `"200,204,301-308"`, or a list of numbers. */
export const ExpectedStatus = Schema.Union([
  Schema.Int.check(Schema.isBetween({ minimum: 100, maximum: 599 })),
  Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 100, maximum: 599 }))).check(
    Schema.isMinLength(1),
    Schema.isMaxLength(50)
  ),
  Schema.String.check(
    Schema.isPattern(/^(?:[1-5]xx|[1-5]\d\d(?:-[1-5]\d\d)?)(?:\s*,\s*(?:[1-5]xx|[1-5]\d\d(?:-[1-5]\d\d)?)){0,49}$/, {
      message: "Write a status such as 200, a range such as 200-299, 2xx, or several with commas"
    }),
    Schema.makeFilter(
      (text: string) =>
        text.length > maxLength ||
        !text.split(",").some((part) => isDescending(part)) ||
        "Write a range from its lower end to its upper one"
    ),
    // Last: JSON Schema keeps what is said of a field with the last check that it can express.
    Schema.isMaxLength(maxLength, { message: `At most ${maxLength} characters` })
  )
])
export type ExpectedStatus = typeof ExpectedStatus.Type

export const isExpected = (expected: ExpectedStatus, status: number): boolean => {
  if (typeof expected === "number") return status === expected
  if (typeof expected !== "string") return expected.includes(status)
  return expected.split(",").some((part) => {
    const text = part.trim()
    if (text.endsWith("xx")) return String(status)[0] === text[0]
    const [from, to] = text.split("-")
    return status >= Number(from) && status <= Number(to ?? from)
  })
}

export const describeExpected = (expected: ExpectedStatus): string =>
  typeof expected === "object" ? expected.join(", ") : String(expected)

const isDescending = (range: string): boolean => {
  const [from, to] = range.split("-").map(Number)
  return to !== undefined && to < from!
}
