/** Whose a token is. Remembered for less than a second, so that a session that was ended is ended for everybody. */
import { SessionRepo } from "@v-insight/database/repo/SessionRepo"
import type { TenantContext } from "@v-insight/domain/model/TenantContext"
import { Cache, Context, Effect, Exit, Layer, Option } from "effect"
import { hashToken, isToken } from "./Token.ts"

const rememberedFor = "900 millis"
const maxRemembered = 10_000

export class Sessions extends Context.Service<
  Sessions,
  {
    readonly find: (token: string) => Effect.Effect<Option.Option<TenantContext["Service"]>>
    readonly forget: (token: string) => Effect.Effect<void>
  }
>()("@v-insight/server/auth/Sessions") {
  static readonly layer = Layer.effect(
    Sessions,
    Effect.gen(function* () {
      const repo = yield* SessionRepo
      const cache = yield* Cache.makeWith((token: string) => repo.findByTokenHash(hashToken(token)), {
        capacity: maxRemembered,
        // What is not known now may be known the next moment, and a database that was away may be back.
        timeToLive: (exit) => (Exit.isSuccess(exit) && Option.isSome(exit.value) ? rememberedFor : 0)
      })
      return Sessions.of({
        find: (token) => (isToken(token) ? Cache.get(cache, token) : Effect.succeedNone),
        forget: (token) => Cache.invalidate(cache, token)
      })
    })
  )
}
