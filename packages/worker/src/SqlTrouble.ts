/** What an SqlError may tell a log, and whether trying again can help. */
import type { SqlError } from "effect/sql/SqlError"

/** Errors that would come back on every retry. All else (PostgreSQL stopping or starting, lost sockets) is worth one. */
const permanent = new Set(["SqlSyntaxError", "ConstraintError", "UniqueViolation", "AuthorizationError"])

export const isWorthRetrying = (error: SqlError): boolean => !permanent.has(error.reason._tag)

/** Tag and SQLSTATE only: the error itself prints every parameter of the statement. */
export const describeSqlError = (error: SqlError): string => {
  const cause = error.reason.cause
  const code = typeof cause === "object" && cause !== null && "code" in cause ? ` ${String(cause.code)}` : ""
  return `${error.reason._tag}${code}`
}
