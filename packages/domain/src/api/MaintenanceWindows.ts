/** Planned work: what fails meanwhile pages nobody. */
import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { AlertScope } from "../model/AlertRule.ts"
import {
  MaintenanceCalendar,
  MaintenanceWindow,
  MaintenanceWindowId,
  MaintenanceWindowName,
  Recurrence
} from "../model/MaintenanceWindow.ts"
import { TimeZone } from "../model/TimeZone.ts"
import { Instant } from "../model/Timestamp.ts"
import { Authorization } from "./Authorization.ts"
import * as Envelope from "./Envelope.ts"
import { ForbiddenResponse, NotFoundResponse, ValidationFailedResponse } from "./Failures.ts"

const options = {
  /** Whose clock recurrences follow; left out: UTC. */
  timeZone: Schema.optionalKey(TimeZone),
  /** null or left out: once. */
  recurrence: Schema.optionalKey(Schema.NullOr(Recurrence)),
  /** Left out: every monitor. */
  scope: Schema.optionalKey(AlertScope)
}

/** `startsAt` and `endsAt` are those of the first occurrence; at most 31 days lie between them. */
export const MaintenanceWindowInput = Schema.Struct({
  name: MaintenanceWindowName,
  startsAt: Instant,
  endsAt: Instant,
  ...options
}).annotate({ identifier: "MaintenanceWindowInput" })
export type MaintenanceWindowInput = typeof MaintenanceWindowInput.Type

/** What is left out stays. */
export const MaintenanceWindowPatch = Schema.Struct({
  name: Schema.optionalKey(MaintenanceWindowName),
  startsAt: Schema.optionalKey(Instant),
  endsAt: Schema.optionalKey(Instant),
  ...options
}).annotate({ identifier: "MaintenanceWindowPatch" })
export type MaintenanceWindowPatch = typeof MaintenanceWindowPatch.Type

/** Of a calendar. */
export const calendarDaysMax = 62

const byId = { params: { id: MaintenanceWindowId } }

export class MaintenanceWindowsApi extends HttpApiGroup.make("maintenanceWindows")
  .add(
    /** The newest first. */
    HttpApiEndpoint.get("list", "/", { query: Envelope.PageQuery, success: Envelope.page(MaintenanceWindow) }),
    HttpApiEndpoint.post("create", "/", {
      payload: MaintenanceWindowInput,
      success: Envelope.ok(MaintenanceWindow).pipe(HttpApiSchema.status(201)),
      error: [ForbiddenResponse, ValidationFailedResponse]
    }),
    /** When windows hold: the next 31 days when nothing is said, at most 62. */
    HttpApiEndpoint.get("calendar", "/calendar", {
      query: {
        from: Envelope.instantQuery,
        to: Envelope.instantQuery
      },
      success: Envelope.ok(MaintenanceCalendar),
      error: ValidationFailedResponse
    }),
    HttpApiEndpoint.get("get", "/:id", {
      ...byId,
      success: Envelope.ok(MaintenanceWindow),
      error: NotFoundResponse
    }),
    HttpApiEndpoint.patch("change", "/:id", {
      ...byId,
      payload: MaintenanceWindowPatch,
      success: Envelope.ok(MaintenanceWindow),
      error: [ForbiddenResponse, NotFoundResponse, ValidationFailedResponse]
    }),
    HttpApiEndpoint.delete("remove", "/:id", {
      ...byId,
      success: Envelope.ok(MaintenanceWindow),
      error: [ForbiddenResponse, NotFoundResponse]
    }),
    /** Undoes a removal. */
    HttpApiEndpoint.post("restore", "/:id/restore", {
      ...byId,
      success: Envelope.ok(MaintenanceWindow),
      error: [ForbiddenResponse, NotFoundResponse]
    })
  )
  .middleware(Authorization)
  .prefix("/maintenance-windows")
  .annotateMerge(OpenApi.annotations({ title: "Maintenance windows" })) {}
