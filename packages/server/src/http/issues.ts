/** What is wrong with an input: which field, dotted, and why. Sentences for people; values are never repeated. */
import type { ValidationFailed } from "@v-insight/domain/api/Failures"
import { SchemaIssue } from "effect"

const format = SchemaIssue.makeFormatterStandardSchemaV1({
  leafHook: (issue) => {
    const message = SchemaIssue.defaultLeafHook(issue)
    if (issue._tag === "MissingKey" && message === "Missing key") return "Fill this in"
    return issue._tag === "UnexpectedKey" ? "There is no such field: leave it out" : message
  }
})

export const issuesOf = (issue: SchemaIssue.Issue): ValidationFailed["issues"] =>
  isOfNoKind(issue)
    ? [{ path: "type", message: "There is no such type: monitor-types and channel-types list those that there are" }]
    : format(issue).issues.map(({ message, path = [] }) => ({
        path: path.map((segment) => String(typeof segment === "object" ? segment.key : segment)).join("."),
        message
      }))

/** What may be one of several is told apart by its type, and this is of none. */
const isOfNoKind = (issue: SchemaIssue.Issue): boolean => {
  if (issue._tag === "Encoding" || issue._tag === "Filter") return isOfNoKind(issue.issue)
  if (issue._tag !== "Composite" && issue._tag !== "AnyOf") return false
  const [only] = issue.issues
  if (only === undefined) return issue._tag === "AnyOf"
  return issue.issues.length === 1 && isOfNoKind(only)
}
