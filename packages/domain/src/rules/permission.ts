/** What each role may do. Roles grow from viewer to owner: each may do all that the one before it may. */
import type { Role } from "../model/Membership.ts"

export type Permission =
  | "read" // see everything of the tenant
  | "operate" // acknowledge, resolve, run, try
  | "write" // create, change and remove monitors, channels and rules
  | "administer" // members and the workspace itself

const granted: Readonly<Record<Role, ReadonlySet<Permission>>> = {
  viewer: new Set(["read"]),
  editor: new Set(["read", "operate", "write"]),
  admin: new Set(["read", "operate", "write", "administer"]),
  owner: new Set(["read", "operate", "write", "administer"])
}

export const isAllowed = (role: Role, permission: Permission): boolean => granted[role].has(permission)
