/** What a user may do in one tenant. */
import { Schema } from "effect"

export const Role = Schema.Literals(["owner", "admin", "editor", "viewer"]).annotate({ identifier: "Role" })
export type Role = typeof Role.Type
