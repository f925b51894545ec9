/** Where monitors can be checked from. */
import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "effect/http-api"
import { Region } from "../model/Region.ts"
import { Authorization } from "./Authorization.ts"
import * as Envelope from "./Envelope.ts"

export class RegionsApi extends HttpApiGroup.make("regions")
  .add(
    /** The default one first. Empty until a worker was there. */
    HttpApiEndpoint.get("list", "/", { success: Envelope.ok(Schema.Array(Region)) })
  )
  .middleware(Authorization)
  .prefix("/regions")
  .annotateMerge(OpenApi.annotations({ title: "Regions" })) {}
