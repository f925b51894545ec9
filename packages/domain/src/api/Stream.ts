/**
 * What changes in the tenant, as it changes: server-sent events `check`, `monitor` and `incident` (model/LiveEvent.ts),
 * a comment as heartbeat every 15 s. `Last-Event-ID` resumes; events may repeat, none is lost.
 */
import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { Authorization } from "./Authorization.ts"

export class StreamApi extends HttpApiGroup.make("stream")
  .add(
    HttpApiEndpoint.get("events", "/events", {
      headers: { "last-event-id": Schema.optionalKey(Schema.String.check(Schema.isMaxLength(64))) },
      success: HttpApiSchema.StreamUint8Array({ contentType: "text/event-stream" })
    })
  )
  .middleware(Authorization)
  .prefix("/stream")
  .annotateMerge(OpenApi.annotations({ title: "Live" })) {}
