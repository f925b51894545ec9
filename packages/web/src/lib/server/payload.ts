/**
 * What a form said, read by the contract's own schemas: the same rules and sentences as the API's, before anything is
 * sent. The typed client takes read values only.
 */
import { ValidationFailed } from "@v-insight/domain/api/Failures"
import { Effect, Schema, SchemaIssue } from "effect"

const format = SchemaIssue.makeFormatterStandardSchemaV1()

export const read = <S extends Schema.Top>(
  schema: S,
  raw: unknown
): Effect.Effect<S["Type"], ValidationFailed, S["DecodingServices"]> =>
  Schema.decodeUnknownEffect(schema)(raw, { errors: "all", onExcessProperty: "error" }).pipe(
    Effect.mapError(({ issue }) => new ValidationFailed({ issues: issuesOf(issue) }))
  )

const issuesOf = (issue: SchemaIssue.Issue): ValidationFailed["issues"] =>
  format(issue).issues.map(({ message, path = [] }) => ({
    path: path.map((segment) => String(typeof segment === "object" ? segment.key : segment)).join("."),
    message
  }))
