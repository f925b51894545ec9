/** A person who signs in. One user may belong to several tenants, through memberships. */
import { Schema } from "effect"
import { Timestamp } from "./Timestamp.ts"

export const UserId = Schema.String.check(Schema.isUUID()).pipe(Schema.brand("UserId"))
export type UserId = typeof UserId.Type

/**
 * One `@`, no blanks, at most 254 characters (RFC 5321 section 4.5.3.1.3). Stored as typed, compared in lower case.
 */
export const Email = Schema.String.check(
  Schema.isMaxLength(254),
  // One way to match only: a megabyte of text takes a millisecond to refuse.
  Schema.isPattern(/^[^\s@]{1,64}@[^\s@]{2,}$/, { message: "Write an e-mail address such as you@example.org" })
)

/** 10 to 200 characters; length beats composition rules (NIST SP 800-63B section 5.1.1.2). */
export const Password = Schema.String.check(
  Schema.isMinLength(10, { message: "Use at least 10 characters" }),
  Schema.isMaxLength(200, { message: "Use at most 200 characters" })
)

export const User = Schema.Struct({
  id: UserId,
  email: Schema.String,
  /** Runs this installation: the first account. */
  isOperator: Schema.Boolean,
  createdAt: Timestamp
}).annotate({ identifier: "User" })
export type User = typeof User.Type
