/** Which kinds of monitors and channels there are, and what each wants to know: what generic forms are made of. */
import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "effect/http-api"
import { Authorization } from "./Authorization.ts"
import * as Envelope from "./Envelope.ts"

export const Kind = Schema.Struct({
  type: Schema.String,
  label: Schema.String,
  /** What it is for, in a short sentence; empty where the label says it all. */
  description: Schema.String,
  /** JSON Schema (draft 2020-12) of `settings`, without references, with title, description and default per field. */
  settings: Schema.Record(Schema.String, Schema.Json),
  /** Settings that are write-only. */
  secrets: Schema.Array(Schema.String)
}).annotate({ identifier: "Kind" })
export type Kind = typeof Kind.Type

const list = { success: Envelope.ok(Schema.Array(Kind)) }

export class MonitorTypesApi extends HttpApiGroup.make("monitorTypes")
  .add(HttpApiEndpoint.get("list", "/", list))
  .middleware(Authorization)
  .prefix("/monitor-types")
  .annotateMerge(OpenApi.annotations({ title: "Kinds of monitors" })) {}

export class ChannelTypesApi extends HttpApiGroup.make("channelTypes")
  .add(HttpApiEndpoint.get("list", "/", list))
  .middleware(Authorization)
  .prefix("/channel-types")
  .annotateMerge(OpenApi.annotations({ title: "Kinds of channels" })) {}
