/** On-call schedules: rotations, people who stand in, and who is paged when. */
import { rfc3339 } from "@v-insight/database/repo/instant"
import { OnCallRepo } from "@v-insight/database/repo/OnCallRepo"
import { Api } from "@v-insight/domain/api/Api"
import { gapsOf, longestRangeMs, type OnCall, onCallAt, onCallSpans, type Rota } from "@v-insight/domain/rules/onCall"
import { onCallReasons } from "@v-insight/domain/rules/onCallReasons"
import { Clock, Effect } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { epochMsOf } from "./instantBody.ts"
import { boundsOf, invalid, readInstant } from "./instantQuery.ts"
import { countOnly, pagingOf, toPage } from "./paging.ts"
import { permit } from "./permit.ts"
import { maxSchedules, within } from "./quota.ts"

/** Nobody plans beyond, and there the calendar of RFC 3339 ends sooner than a look ahead. Epoch ms. */
const earliest = 946_684_800_000
const latest = 7_258_118_400_000
const rangeDefaultMs = 14 * 86_400_000
/** Of one who stands in: longer than that, it is another rotation. */
const longestOverrideMs = 366 * 86_400_000

export const OnCallSchedulesLive = HttpApiBuilder.group(
  Api,
  "onCallSchedules",
  Effect.fnUntraced(function* (handlers) {
    const schedules = yield* OnCallRepo
    const quota = within(
      maxSchedules,
      "on-call schedules",
      Effect.map(schedules.list(countOnly), ({ total }) => total)
    )
    return handlers.handleAll({
      list: ({ query }) => {
        const paging = pagingOf(query)
        return Effect.map(schedules.list(paging), (page) => toPage(page, paging))
      },
      get: ({ params }) => schedules.get(params.id),
      create: ({ payload }) => permit("write").pipe(Effect.andThen(quota), Effect.andThen(schedules.insert(payload))),
      change: ({ params, payload }) => Effect.andThen(permit("write"), schedules.update(params.id, payload)),
      remove: ({ params }) => Effect.andThen(permit("write"), schedules.remove(params.id)),
      restore: ({ params }) =>
        permit("write").pipe(Effect.andThen(quota), Effect.andThen(schedules.restore(params.id))),
      addOverride: Effect.fnUntraced(function* ({ params, payload }) {
        yield* permit("operate")
        const [startsAt, endsAt] = [epochMsOf(payload.startsAt), epochMsOf(payload.endsAt)]
        if (endsAt <= startsAt) return yield* invalid("endsAt", "End after the beginning")
        if (endsAt - startsAt > longestOverrideMs) return yield* invalid("endsAt", "End within a year")
        if (endsAt <= (yield* Clock.currentTimeMillis)) return yield* invalid("endsAt", "End after now")
        return yield* schedules.insertOverride(params.id, { userId: payload.userId, startsAt, endsAt })
      }),
      removeOverride: ({ params }) =>
        Effect.andThen(permit("operate"), schedules.removeOverride(params.id, params.overrideId)),
      onCall: Effect.fnUntraced(function* ({ params, query }) {
        const at = (yield* plannable("at", yield* readInstant("at", query.at))) ?? (yield* Clock.currentTimeMillis)
        const { rota } = yield* schedules.getRota(params.id, at, at + longestRangeMs)
        const [first, ...more] = onCallSpans(rota, at, at + longestRangeMs)
        return {
          scheduleId: params.id,
          at: rfc3339(at),
          ...shown(rota, onCallAt(rota, at)),
          until: more.length === 0 ? null : rfc3339(first!.to),
          reasons: onCallReasons(rota, at)
        }
      }),
      timeline: Effect.fnUntraced(function* ({ params, query }) {
        const bounds = yield* boundsOf(query)
        const from = (yield* plannable("from", bounds.from)) ?? (yield* Clock.currentTimeMillis)
        const to = (yield* plannable("to", bounds.to)) ?? from + rangeDefaultMs
        if (to <= from) return yield* invalid("to", "End after the beginning")
        if (to - from > longestRangeMs) return yield* invalid("to", "End at most 62 days after the beginning")
        const { rota } = yield* schedules.getRota(params.id, from, to)
        const spans = onCallSpans(rota, from, to)
        return {
          scheduleId: params.id,
          from: rfc3339(from),
          to: rfc3339(to),
          spans: spans.map((span) => ({ ...written(span), ...shown(rota, span.who) })),
          layers: rota.layers.map((layer) => {
            const alone = { ...rota, layers: [layer], overrides: [] }
            return {
              name: layer.name,
              spans: onCallSpans(alone, from, to)
                .filter(({ who }) => who !== null)
                .map((span) => ({ ...written(span), ...shown(alone, span.who) }))
            }
          }),
          gaps: gapsOf(spans).map(written)
        }
      })
    })
  })
)

const plannable = (path: string, instant: number | undefined) =>
  instant !== undefined && (instant < earliest || instant > latest)
    ? Effect.fail(invalid(path, "Ask for a time between the years 2000 and 2200"))
    : Effect.succeed(instant)

const written = ({ from, to }: { readonly from: number; readonly to: number }) => ({
  from: rfc3339(from),
  to: rfc3339(to)
})

const nobody = { userId: null, email: null, source: null, layer: null, overrideId: null }

const shown = ({ layers }: Rota, who: OnCall | null) =>
  who === null
    ? nobody
    : {
        userId: who.person.userId,
        email: who.person.email,
        source: who.source,
        layer: who.layer === null ? null : (layers[who.layer]?.name ?? null),
        overrideId: who.overrideId
      }
