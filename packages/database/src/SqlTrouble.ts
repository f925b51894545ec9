/** What an SqlError means to those who asked, and how much of it a log may hold. */
import type { SqlError } from "effect/sql/SqlError"

/**
 * SQLSTATE classes and codes that say "not now": 53 no resources (connections, disk, memory), 57P stopping or starting,
 * 58 the system below, 25006 a standby that may not write.
 */
const passing = /^(53|57P|58|25006)/

const codeOf = ({ reason }: SqlError): string => {
  const { cause } = reason
  return typeof cause === "object" && cause !== null && "code" in cause ? String(cause.code) : ""
}

/** The database cannot be reached, is too slow or is out of resources: trying again later can help. */
export const isUnavailable = (error: SqlError): boolean => {
  switch (error.reason._tag) {
    case "ConnectionError":
    case "AuthenticationError":
    case "StatementTimeoutError":
    case "LockTimeoutError":
    case "DeadlockError":
    case "SerializationError":
      return true
    case "UnknownError":
      return passing.test(codeOf(error))
    default:
      return false
  }
}

/** Tag and SQLSTATE only: the error itself prints every parameter of the statement. */
export const describeSqlError = (error: SqlError): string => `${error.reason._tag} ${codeOf(error)}`.trimEnd()
