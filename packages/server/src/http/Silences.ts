/** Silences: for a while nobody is told of what they match. */
import { rfc3339 } from "@v-insight/database/repo/instant"
import { SilenceRepo } from "@v-insight/database/repo/SilenceRepo"
import { Api } from "@v-insight/domain/api/Api"
import type { SilenceInput } from "@v-insight/domain/api/Silences"
import { Clock, Effect } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { epochMsOf } from "./instantBody.ts"
import { invalid } from "./instantQuery.ts"
import { pagingOf, toPage } from "./paging.ts"
import { permit } from "./permit.ts"
import { maxSilences, within } from "./quota.ts"

/** A leap year: what is silent for longer is forgotten. */
const longestMs = 366 * 86_400_000

export const SilencesLive = HttpApiBuilder.group(
  Api,
  "silences",
  Effect.fnUntraced(function* (handlers) {
    const silences = yield* SilenceRepo
    const quota = within(maxSilences, "silences that are not over", silences.countWaiting)
    return handlers.handleAll({
      list: ({ query }) => {
        const paging = pagingOf(query)
        return Effect.map(silences.list(query.state, paging), (page) => toPage(page, paging))
      },
      get: ({ params }) => silences.get(params.id),
      create: Effect.fnUntraced(function* ({ payload }) {
        yield* permit("operate")
        const span = yield* spanOf(payload, yield* Clock.currentTimeMillis)
        yield* quota
        const { matchers, noticeChannelId = null, reason } = payload
        return yield* silences.insert({ matchers, reason, noticeChannelId, ...span })
      }),
      end: ({ params }) => Effect.andThen(permit("operate"), silences.end(params.id))
    })
  })
)

const spanOf = Effect.fnUntraced(function* (input: SilenceInput, now: number) {
  const startsAt = input.startsAt === undefined ? now : epochMsOf(input.startsAt)
  const endsAt = epochMsOf(input.endsAt)
  if (endsAt <= now) return yield* invalid("endsAt", "Choose an end that is still to come")
  if (endsAt <= startsAt) return yield* invalid("endsAt", "Choose an end after the beginning")
  if (endsAt - startsAt > longestMs)
    return yield* invalid("endsAt", "A silence lasts a year at most: choose an earlier end")
  return { startsAt: rfc3339(startsAt), endsAt: rfc3339(endsAt) }
})
