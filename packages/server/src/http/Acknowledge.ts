/** Links in messages: what they are about, and acknowledging. */
import { readToken } from "@v-insight/database/AcknowledgeToken"
import { Keys } from "@v-insight/database/Keys"
import { LinkedIncidentRepo, unknownLink } from "@v-insight/database/repo/LinkedIncidentRepo"
import { Api } from "@v-insight/domain/api/Api"
import { Clock, Effect, Option } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { networkKey } from "../auth/limitKeys.ts"
import { Limits, limits } from "../auth/Limits.ts"
import { CurrentRequest } from "./RequestInfo.ts"

export const AcknowledgeLive = HttpApiBuilder.group(
  Api,
  "acknowledge",
  Effect.fnUntraced(function* (handlers) {
    const incidents = yield* LinkedIncidentRepo
    const keys = yield* Keys
    const { take } = yield* Limits

    const read = Effect.fnUntraced(function* (token: string) {
      const link = readToken(keys, token, yield* Clock.currentTimeMillis)
      if (Option.isSome(link)) return link.value
      // Whoever tries tokens is soon told to wait.
      const { address } = yield* CurrentRequest
      yield* take(limits.strayCallPerAddress, networkKey(address))
      return yield* unknownLink
    })

    return handlers.handleAll({
      about: ({ params }) => Effect.flatMap(read(params.token), incidents.get),
      acknowledge: ({ params }) => Effect.flatMap(read(params.token), incidents.acknowledge)
    })
  })
)
