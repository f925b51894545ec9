/** Sign up, sign in, sign out, who am I. */
import { AccountRepo } from "@v-insight/database/repo/AccountRepo"
import { SessionRepo } from "@v-insight/database/repo/SessionRepo"
import { Api } from "@v-insight/domain/api/Api"
import { Unauthenticated } from "@v-insight/domain/api/Failures"
import type { SignedIn } from "@v-insight/domain/model/Session"
import { Effect, Option } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { clearSession, sentToken, setSession } from "../auth/sessionCookie.ts"
import { Sessions } from "../auth/Sessions.ts"
import { SignIn } from "../auth/SignIn.ts"
import { Settings } from "../Settings.ts"
import { CurrentRequest } from "./RequestInfo.ts"

export const AuthLive = HttpApiBuilder.group(
  Api,
  "auth",
  Effect.fnUntraced(function* (handlers) {
    const accounts = yield* AccountRepo
    const sessionRepo = yield* SessionRepo
    const sessions = yield* Sessions
    const signIn = yield* SignIn
    const { signUp: mode } = yield* Settings

    const withCookie = (signedIn: SignedIn) => Effect.as(setSession(signedIn.token), signedIn)
    return handlers.handleAll({
      me: () =>
        Effect.flatMap(
          accounts.findMe,
          Option.match({ onNone: () => Effect.fail(new Unauthenticated({})), onSome: Effect.succeed })
        ),
      logout: Effect.fnUntraced(function* () {
        yield* sessionRepo.remove
        yield* sessions.forget(yield* sentToken)
        yield* clearSession
        return { signedOut: true }
      }),
      register: Effect.fnUntraced(function* ({ payload }) {
        const { address } = yield* CurrentRequest
        return yield* withCookie(yield* signIn.register(payload, address))
      }),
      login: Effect.fnUntraced(function* ({ payload }) {
        const { address } = yield* CurrentRequest
        return yield* withCookie(yield* signIn.login(payload, address))
      }),
      signUp: () => Effect.map(signIn.isSignUpOpen, (isOpen) => ({ mode, isOpen }))
    })
  })
)
