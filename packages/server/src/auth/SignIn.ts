/** Sign-up and sign-in: from an e-mail and a password to a session. */
import { AccountRepo } from "@v-insight/database/repo/AccountRepo"
import { SessionRepo } from "@v-insight/database/repo/SessionRepo"
import type { Register } from "@v-insight/domain/api/Auth"
import {
  Conflict,
  Forbidden,
  type TooManyRequests,
  Unauthenticated,
  type Unavailable
} from "@v-insight/domain/api/Failures"
import type { SessionId, SignedIn } from "@v-insight/domain/model/Session"
import { TenantContext } from "@v-insight/domain/model/TenantContext"
import { Context, Effect, Layer, Option, Redacted } from "effect"
import { uuidV7Unsafe } from "effect/crypto/SecureRandom"
import { Settings } from "../Settings.ts"
import { accountKey, networkKey } from "./limitKeys.ts"
import { Limits, limits } from "./Limits.ts"
import { PasswordHasher } from "./PasswordHasher.ts"
import { tenantNameOf } from "./tenantName.ts"
import { hashToken, makeToken } from "./Token.ts"

export class SignIn extends Context.Service<
  SignIn,
  {
    /** `address` is where the request came from. */
    readonly register: (
      input: Register,
      address: string
    ) => Effect.Effect<SignedIn, Forbidden | Conflict | TooManyRequests | Unavailable>
    readonly login: (
      input: { readonly email: string; readonly password: string },
      address: string
    ) => Effect.Effect<SignedIn, Unauthenticated | TooManyRequests | Unavailable>
    readonly isSignUpOpen: Effect.Effect<boolean>
  }
>()("@v-insight/server/auth/SignIn") {
  static readonly layer = Layer.effect(
    SignIn,
    Effect.suspend(() => make)
  )
}

const make = Effect.gen(function* () {
  const { signUp } = yield* Settings
  const accounts = yield* AccountRepo
  const sessions = yield* SessionRepo
  const hasher = yield* PasswordHasher
  const { giveBack, take } = yield* Limits

  const isSignUpOpen =
    signUp === "first" ? Effect.map(accounts.hasAccounts, (some) => !some) : Effect.succeed(signUp === "open")

  /** Each sign-in has a token of its own. */
  const signIn = Effect.fnUntraced(function* (who: Pick<TenantContext["Service"], "userId" | "tenantId">) {
    // Nothing is decided on this role: the one that counts is read from the membership.
    const context = { ...who, sessionId: uuidV7Unsafe() as SessionId, role: "viewer" as const }
    const token = makeToken()
    return yield* Effect.gen(function* () {
      const { expiresAt } = yield* sessions.insert(hashToken(token))
      const me = Option.getOrThrow(yield* accounts.findMe)
      return { token, expiresAt, ...me }
    }).pipe(Effect.provideService(TenantContext, context))
  })

  return SignIn.of({
    isSignUpOpen,
    register: Effect.fn("SignIn.register")(function* ({ email, password, tenantName }, address) {
      yield* take(limits.registerPerAddress, networkKey(address))
      if (!(yield* isSignUpOpen)) return yield* closed
      const passwordHash = yield* hasher.hash(Redacted.make(password))
      const account = { mode: signUp, email, passwordHash, tenantName: tenantName ?? tenantNameOf(email) }
      const registration = yield* accounts.register(account)
      switch (registration._tag) {
        case "Created":
          return yield* signIn(registration)
        case "Closed":
          return yield* closed
        case "Taken":
          return yield* new Conflict({ message: "This e-mail has an account already. Sign in instead." })
      }
    }),
    login: Effect.fn("SignIn.login")(function* ({ email, password }, address) {
      const account = accountKey(email)
      const network = networkKey(address)
      yield* take(limits.loginPerAddress, network)
      yield* take(limits.loginPerAccount, account)
      const found = yield* accounts.findCredentials(email.trim())
      const stored = Option.map(found, ({ passwordHash }) => passwordHash)
      const isRight = yield* hasher.verify(Redacted.make(password), Option.getOrUndefined(stored))
      if (!isRight || Option.isNone(found)) {
        return yield* new Unauthenticated({ message: "The e-mail or the password is not right." })
      }
      yield* giveBack(limits.loginPerAddress, network)
      yield* giveBack(limits.loginPerAccount, account)
      return yield* signIn(found.value)
    })
  })
})

const closed = new Forbidden({ message: "Sign-up is closed here. Ask whoever runs this installation for an account." })
