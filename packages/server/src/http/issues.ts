/** What is wrong with an input: which field, dotted, and why. */
import type { ValidationFailed } from "@v-insight/domain/api/Failures"
import { SchemaIssue } from "effect"

const format = SchemaIssue.makeFormatterStandardSchemaV1()

export const issuesOf = (issue: SchemaIssue.Issue): ValidationFailed["issues"] =>
  format(issue).issues.map(({ message, path = [] }) => ({
    path: path.map((segment) => String(typeof segment === "object" ? segment.key : segment)).join("."),
    message
  }))
