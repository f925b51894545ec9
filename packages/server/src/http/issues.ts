/** What is wrong with an input: which field, dotted, and why. Sentences for people; values are never repeated. */
import type { ValidationFailed } from "@v-insight/domain/api/Failures"
import { SchemaIssue } from "effect"
import { expectationOf, ruleSentence } from "./expectation.ts"

const format = SchemaIssue.makeFormatterStandardSchemaV1({
  leafHook: (issue) => {
    const message = SchemaIssue.defaultLeafHook(issue)
    if (issue._tag === "MissingKey" && message === "Missing key") return "Fill this in"
    if (issue._tag === "InvalidType") return sentenceOf(issue.ast)
    return issue._tag === "UnexpectedKey" ? "There is no such field: leave it out" : message
  },
  checkHook: (issue) => SchemaIssue.defaultCheckHook(issue) ?? ruleSentence(issue.filter.annotations?.["expected"])
})

/** The schema's own, where it has one. */
const sentenceOf = (ast: SchemaIssue.InvalidType["ast"]): string => {
  const own = ast.annotations?.["message"]
  return typeof own === "string" ? own : expectationOf(ast)
}

export const issuesOf = (issue: SchemaIssue.Issue): ValidationFailed["issues"] =>
  isOfNoKind(issue)
    ? [{ path: "type", message: "There is no such type: monitor-types and channel-types list those that there are" }]
    : format(withTypes(issue)).issues.map(({ message, path: segments = [] }) => {
        const path = segments.map((segment) => String(typeof segment === "object" ? segment.key : segment)).join(".")
        const isSettings = path === "settings" && message.startsWith("Send an object")
        return { path, message: isSettings ? "Send an object with the settings of this kind" : message }
      })

/** What fits none of several from the start is of the wrong type, as if there were one: so it is told like that. */
const withTypes = (issue: SchemaIssue.Issue): SchemaIssue.Issue => {
  switch (issue._tag) {
    case "Filter":
      return new SchemaIssue.Filter(issue.filter, withTypes(issue.issue))
    case "Encoding":
      return new SchemaIssue.Encoding(issue.ast, withTypes(issue.issue))
    case "Pointer":
      return new SchemaIssue.Pointer(issue.path, withTypes(issue.issue))
    case "Composite": {
      const [first, ...others] = issue.issues
      return new SchemaIssue.Composite(issue.ast, [withTypes(first), ...others.map(withTypes)])
    }
    case "AnyOf":
      return issue.issues.length === 0
        ? new SchemaIssue.InvalidType(issue.ast)
        : new SchemaIssue.AnyOf(issue.ast, issue.issues.map(withTypes))
    default:
      return issue
  }
}

/** What may be one of several is told apart by its type, and this is of none. */
const isOfNoKind = (issue: SchemaIssue.Issue): boolean => {
  if (issue._tag === "Encoding" || issue._tag === "Filter") return isOfNoKind(issue.issue)
  if (issue._tag !== "Composite" && issue._tag !== "AnyOf") return false
  const [only] = issue.issues
  if (only === undefined) return issue._tag === "AnyOf"
  return issue.issues.length === 1 && isOfNoKind(only)
}
