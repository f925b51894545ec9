/** Calls of jobs as they come in, and for people what came in. */
import { type Call, HeartbeatRepo } from "@v-insight/database/repo/HeartbeatRepo"
import { Api } from "@v-insight/domain/api/Api"
import { type HeartbeatAddress, heartbeatPath, heartbeatsLimitDefault } from "@v-insight/domain/api/Heartbeats"
import { TenantContext } from "@v-insight/domain/model/TenantContext"
import { isAllowed } from "@v-insight/domain/rules/permission"
import { Effect } from "effect"
import type { HttpServerRequest } from "effect/http"
import { HttpApiBuilder } from "effect/http-api"
import { networkKey } from "../auth/limitKeys.ts"
import { Limits, limits } from "../auth/Limits.ts"
import { callBody } from "./callBody.ts"
import { cursorOf, decodeCursor } from "./callCursor.ts"
import { permit } from "./permit.ts"
import { CurrentRequest } from "./RequestInfo.ts"

/** Of a client's own name no more is kept, characters. */
const maxUserAgent = 300

export const HeartbeatsLive = HttpApiBuilder.group(
  Api,
  "heartbeats",
  Effect.fnUntraced(function* (handlers) {
    const heartbeats = yield* HeartbeatRepo
    const { take } = yield* Limits

    /** Answers when the call is committed, and not before. */
    const receive = Effect.fnUntraced(function* (
      token: string,
      request: HttpServerRequest.HttpServerRequest,
      { exitCode, kind }: Pick<Call, "kind" | "exitCode">
    ) {
      const { address } = yield* CurrentRequest
      const called = yield* heartbeats.findByToken(token).pipe(
        // Whoever tries tokens is soon told to wait; a job that is known is not, though it has the same address.
        Effect.tapErrorTag("NotFound", () => take(limits.strayCallPerAddress, networkKey(address)))
      )
      yield* take(limits.callPerToken, token)
      const bytes = new Uint8Array(yield* Effect.orDie(request.arrayBuffer))
      yield* heartbeats.insert(called, token, {
        kind,
        exitCode,
        method: request.method as Call["method"],
        address,
        userAgent: request.headers["user-agent"]?.slice(0, maxUserAgent) ?? null,
        ...callBody(bytes)
      })
      return "OK" as const
    })

    type Asked = {
      readonly params: { readonly token: string }
      readonly request: HttpServerRequest.HttpServerRequest
    }
    type AskedExit = Asked & { readonly params: { readonly exitCode: number } }

    const success = ({ params, request }: Asked) => receive(params.token, request, { kind: "success", exitCode: null })
    const start = ({ params, request }: Asked) => receive(params.token, request, { kind: "start", exitCode: null })
    const fail = ({ params, request }: Asked) => receive(params.token, request, { kind: "fail", exitCode: null })
    const exit = ({ params: { exitCode, token }, request }: AskedExit) =>
      receive(token, request, { kind: exitCode === 0 ? "success" : "fail", exitCode })

    return handlers.handleAll({
      success,
      successWithBody: success,
      start,
      startWithBody: start,
      fail,
      failWithBody: fail,
      exit,
      exitWithBody: exit
    })
  })
)

export const MonitorHeartbeatsLive = HttpApiBuilder.group(
  Api,
  "monitorHeartbeats",
  Effect.fnUntraced(function* (handlers) {
    const heartbeats = yield* HeartbeatRepo

    const addressOf = (token: string): HeartbeatAddress => ({ token, path: heartbeatPath(token) })

    return handlers.handleAll({
      list: Effect.fnUntraced(function* ({ params, query }) {
        const limit = query.limit ?? heartbeatsLimitDefault
        const after = query.cursor === undefined ? undefined : yield* decodeCursor(query.cursor)
        const { items, next } = yield* heartbeats.list(params.id, after, limit)
        return { items, meta: { nextCursor: next === undefined ? null : cursorOf(next), limit } }
      }),
      get: Effect.fnUntraced(function* ({ params }) {
        const token = yield* heartbeats.getToken(params.id)
        return isAllowed((yield* TenantContext).role, "write") ? addressOf(token) : { token: null, path: null }
      }),
      rotate: Effect.fnUntraced(function* ({ params }) {
        yield* permit("write")
        return addressOf(yield* heartbeats.rotate(params.id))
      })
    })
  })
)
