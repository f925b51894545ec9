/** A tenant owns monitors and everything that follows from them; tenants never see each other. */
import { Schema } from "effect"
import { Name } from "./Name.ts"
import { Timestamp } from "./Timestamp.ts"

export const TenantId = Schema.String.check(Schema.isUUID()).pipe(Schema.brand("TenantId"))
export type TenantId = typeof TenantId.Type

export const TenantName = Name

export const Tenant = Schema.Struct({
  id: TenantId,
  name: Schema.String,
  createdAt: Timestamp
}).annotate({ identifier: "Tenant" })
export type Tenant = typeof Tenant.Type
