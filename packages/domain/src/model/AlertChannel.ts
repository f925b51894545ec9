/** Where people are told: one receiver of notifications. */
import { Schema } from "effect"
import { Name } from "./Name.ts"
import { Timestamp } from "./Timestamp.ts"

export const AlertChannelId = Schema.String.check(Schema.isUUID()).pipe(Schema.brand("AlertChannelId"))
export type AlertChannelId = typeof AlertChannelId.Type

export const AlertChannelName = Name

/** A channel as it is read: secret settings are left out. */
export const AlertChannel = Schema.Struct({
  id: AlertChannelId,
  name: Schema.String,
  type: Schema.String,
  settings: Schema.Record(Schema.String, Schema.Json),
  enabled: Schema.Boolean,
  createdAt: Timestamp,
  updatedAt: Timestamp
}).annotate({ identifier: "AlertChannel" })
export type AlertChannel = typeof AlertChannel.Type
