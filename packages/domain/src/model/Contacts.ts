/** By which channels a person is told when an escalation comes to them. */
import { Schema } from "effect"
import { AlertChannelId } from "./AlertChannel.ts"
import { UserId } from "./User.ts"

export const ContactChannels = Schema.Array(AlertChannelId).check(Schema.isMaxLength(10), Schema.isUnique())

export const Contacts = Schema.Struct({
  userId: UserId,
  channelIds: Schema.Array(AlertChannelId)
}).annotate({ identifier: "Contacts" })
export type Contacts = typeof Contacts.Type
