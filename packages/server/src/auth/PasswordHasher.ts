/**
 * Passwords at rest: argon2id in PHC string format, with the parameters OWASP names first (m=19 MiB, t=2, p=1). A hash
 * costs about 30 ms of a core, so few run at once and the queue is short: a flood of sign-ins must not starve the rest.
 */
import { Unavailable } from "@v-insight/domain/api/Failures"
import { Context, Effect, Layer, Redacted, Result, Semaphore } from "effect"
import { Kdf } from "effect/crypto"
import { timingSafeEqual } from "effect/crypto/Mac"
import { randomBytesUnsafe } from "effect/crypto/SecureRandom"
import { Base64 } from "effect/encoding"

const cost = { memory: 19_456, passes: 2, parallelism: 1 }
const saltLength = 16
const hashLength = 32
/** On two cores, one stays free for requests. */
const concurrency = 2
/** About a second of waiting; beyond it the answer is 503. */
const maxWaiting = 64
/** A stored hash may ask for no more than this: 64 MiB. */
const maxMemory = 65_536

export class PasswordHasher extends Context.Service<
  PasswordHasher,
  {
    readonly hash: (password: Redacted.Redacted) => Effect.Effect<string, Unavailable>
    /** Takes as long for a password without a stored hash: answers do not tell which accounts exist. */
    readonly verify: (password: Redacted.Redacted, stored: string | undefined) => Effect.Effect<boolean, Unavailable>
  }
>()("@v-insight/server/auth/PasswordHasher") {
  static readonly layer = Layer.effect(
    PasswordHasher,
    Effect.gen(function* () {
      const kdf = yield* Kdf.Kdf
      const places = yield* Semaphore.make(concurrency)
      let waiting = 0

      const derive = (password: Redacted.Redacted, parsed: Omit<Parsed, "hash">, length: number) => {
        const secret = new TextEncoder().encode(Redacted.value(password).normalize("NFKC"))
        return Effect.orDie(kdf.derive(Kdf.argon2id(parsed.cost), secret, { salt: parsed.salt, length }))
      }
      const inTurn = <A>(work: Effect.Effect<A>): Effect.Effect<A, Unavailable> =>
        Effect.suspend(() => {
          if (waiting >= maxWaiting)
            return Effect.fail(
              new Unavailable({ message: "Too many people sign in right now. Try again in a moment." })
            )
          waiting++
          return Effect.ensuring(
            places.withPermit(work),
            Effect.sync(() => waiting--)
          )
        })

      const nobody = { cost, salt: randomBytesUnsafe(saltLength), hash: randomBytesUnsafe(hashLength) }
      return PasswordHasher.of({
        hash: Effect.fn("PasswordHasher.hash")((password) => {
          const salt = randomBytesUnsafe(saltLength)
          return Effect.map(inTurn(derive(password, { cost, salt }, hashLength)), (hash) =>
            format({ cost, salt, hash })
          )
        }),
        verify: Effect.fn("PasswordHasher.verify")((password, stored) => {
          const parsed = stored === undefined ? undefined : parse(stored)
          const { hash, ...rest } = parsed ?? nobody
          return Effect.map(
            inTurn(derive(password, rest, hash.length)),
            (derived) => timingSafeEqual(derived, hash) && parsed !== undefined
          )
        })
      })
    })
  )
}

interface Parsed {
  readonly cost: typeof cost
  readonly salt: Uint8Array
  readonly hash: Uint8Array
}

const base64 = (bytes: Uint8Array): string => Base64.encode(bytes).replaceAll("=", "")

const format = ({ cost, salt, hash }: Parsed): string =>
  `$argon2id$v=19$m=${cost.memory},t=${cost.passes},p=${cost.parallelism}$${base64(salt)}$${base64(hash)}`

const parse = (phc: string): Parsed | undefined => {
  const match = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/.exec(phc)
  if (match === null) return undefined
  const [, memory, passes, parallelism, salt, hash] = match as unknown as [
    string,
    string,
    string,
    string,
    string,
    string
  ]
  const decoded = Result.all([unpadded(salt), unpadded(hash)])
  if (Result.isFailure(decoded) || Number(memory) > maxMemory) return undefined
  return {
    cost: { memory: Number(memory), passes: Number(passes), parallelism: Number(parallelism) },
    salt: decoded.success[0],
    hash: decoded.success[1]
  }
}

const unpadded = (text: string) => Base64.decode(text.padEnd(Math.ceil(text.length / 4) * 4, "="))
