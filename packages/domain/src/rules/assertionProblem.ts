/** What is wrong with an assertion before anything was checked: where, and a sentence for people. */
import { Result } from "effect"
import { type Assertion, type AssertionOperator, numberSources } from "../model/Assertion.ts"
import { parseJsonPath } from "./jsonPath.ts"
import { patternProblem } from "./pattern.ts"

export interface AssertionProblem {
  readonly field: "property" | "operator" | "expected"
  readonly sentence: string
}

export const assertionProblem = (assertion: Assertion): AssertionProblem | undefined =>
  propertyProblem(assertion) ?? operatorProblem(assertion) ?? expectedProblem(assertion)

const problem = (field: AssertionProblem["field"], sentence: string): AssertionProblem => ({ field, sentence })

const propertyProblem = ({ property = "", source }: Assertion): AssertionProblem | undefined => {
  switch (source) {
    case "header":
      return /^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,100}$/.test(property)
        ? undefined
        : problem("property", "Write the name of a header, such as content-type")
    case "json": {
      const path = parseJsonPath(property)
      return Result.isFailure(path) ? problem("property", path.failure) : undefined
    }
    default:
      return property === "" ? undefined : problem("property", "Only a header or JSON has a property: leave it out")
  }
}

const ordering: ReadonlyArray<AssertionOperator> = ["less_than", "at_most", "greater_than", "at_least"]
const textual: ReadonlyArray<AssertionOperator> = ["contains", "not_contains", "matches", "not_matches"]
const numbers: ReadonlyArray<string> = numberSources

const operatorProblem = ({ operator, source }: Assertion): AssertionProblem | undefined => {
  if (numbers.includes(source) && textual.includes(operator)) {
    return problem("operator", "This is a number: compare it with equals, less than, at most, greater than or at least")
  }
  if (!numbers.includes(source) && source !== "json" && ordering.includes(operator)) {
    return problem("operator", "This is text: compare it with equals, contains or matches")
  }
  return undefined
}

const expectedProblem = ({ expected, operator, source }: Assertion): AssertionProblem | undefined => {
  if (operator === "exists" || operator === "not_exists") {
    return expected === undefined ? undefined : problem("expected", "Nothing is compared here: leave it out")
  }
  if (numbers.includes(source) || ordering.includes(operator)) {
    return typeof expected === "number" ? undefined : problem("expected", "Write a number")
  }
  if (operator === "matches" || operator === "not_matches") {
    const sentence = typeof expected === "string" ? patternProblem(expected) : "Write a regular expression"
    return sentence === undefined ? undefined : problem("expected", sentence)
  }
  if (expected === undefined) return problem("expected", "Write what it is compared with")
  if (source !== "json" && typeof expected === "number") return problem("expected", "Write text, in quotes")
  if (operator.endsWith("contains") && expected === "") return problem("expected", "Write the text to look for")
  return undefined
}
