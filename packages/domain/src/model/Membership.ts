/** What a user may do in one tenant. */
import { Schema } from "effect"
import { UserId } from "./User.ts"

export const Role = Schema.Literals(["owner", "admin", "editor", "viewer"]).annotate({ identifier: "Role" })
export type Role = typeof Role.Type

/** A person of the workspace. */
export const Member = Schema.Struct({
  userId: UserId,
  email: Schema.String,
  role: Role
}).annotate({ identifier: "Member" })
export type Member = typeof Member.Type
