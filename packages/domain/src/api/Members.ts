/** The people of the workspace, and by which channels each of them is told. */
import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "effect/http-api"
import { ContactChannels, Contacts } from "../model/Contacts.ts"
import { Member } from "../model/Membership.ts"
import { UserId } from "../model/User.ts"
import { Authorization } from "./Authorization.ts"
import * as Envelope from "./Envelope.ts"
import { ForbiddenResponse, NotFoundResponse, ValidationFailedResponse } from "./Failures.ts"

const byId = { params: { id: UserId } }

export class MembersApi extends HttpApiGroup.make("members")
  .add(
    /** By e-mail address. */
    HttpApiEndpoint.get("list", "/", { query: Envelope.PageQuery, success: Envelope.page(Member) }),
    HttpApiEndpoint.get("contacts", "/:id/contacts", {
      ...byId,
      success: Envelope.ok(Contacts),
      error: NotFoundResponse
    }),
    /** Everybody their own; of others, whoever administers the workspace. */
    HttpApiEndpoint.put("replaceContacts", "/:id/contacts", {
      ...byId,
      payload: Schema.Struct({ channelIds: ContactChannels }).annotate({ identifier: "ContactsInput" }),
      success: Envelope.ok(Contacts),
      error: [ForbiddenResponse, NotFoundResponse, ValidationFailedResponse]
    })
  )
  .middleware(Authorization)
  .prefix("/members")
  .annotateMerge(OpenApi.annotations({ title: "Members" })) {}
