import * as NodeCrypto from "@effect/platform-node/NodeCrypto"
import { assert, layer } from "@effect/vitest"
import { Effect, Layer, Redacted } from "effect"
import { PasswordHasher } from "./PasswordHasher.ts"

const right = Redacted.make("correct horse battery")

layer(PasswordHasher.layer.pipe(Layer.provide(NodeCrypto.layer)), { excludeTestServices: true })(
  "PasswordHasher",
  (it) => {
    it.effect("hashes with argon2id into a PHC string, never twice alike", () =>
      Effect.gen(function* () {
        const { hash, verify } = yield* PasswordHasher
        const [one, two] = [yield* hash(right), yield* hash(right)]
        assert.match(one, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/)
        assert.notStrictEqual(one, two)
        assert.isTrue(yield* verify(right, one))
        assert.isFalse(yield* verify(Redacted.make("correct horse batterY"), one))
      })
    )

    it.effect("reads what other implementations of argon2 wrote", () =>
      Effect.gen(function* () {
        const { verify } = yield* PasswordHasher
        // Test vector of the reference implementation: "password", "somesalt", t=2, m=65536, p=1.
        const stored = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"
        assert.isTrue(yield* verify(Redacted.make("password"), stored))
      })
    )

    it.effect("is never right without a readable hash, however it is spelled", () =>
      Effect.gen(function* () {
        const { verify } = yield* PasswordHasher
        for (const stored of [
          undefined,
          "",
          "none",
          "$argon2id$v=19$m=999999999,t=2,p=1$c29tZXNhbHQ$AAAA",
          "$2b$10$abc"
        ]) {
          assert.isFalse(yield* verify(right, stored), stored)
        }
      })
    )

    it.effect("takes the same letters, however they are composed", () =>
      Effect.gen(function* () {
        const { hash, verify } = yield* PasswordHasher
        assert.isTrue(
          yield* verify(Redacted.make("Zu\u0308rich am See"), yield* hash(Redacted.make("Z\u00fcrich am See")))
        )
      })
    )

    it.effect("refuses when too many wait, instead of keeping everybody waiting", () =>
      Effect.gen(function* () {
        const { hash } = yield* PasswordHasher
        const results = yield* Effect.forEach(Array.from({ length: 80 }), () => Effect.result(hash(right)), {
          concurrency: "unbounded"
        })
        assert.strictEqual(results.filter(({ _tag }) => _tag === "Failure").length, 16)
      })
    )
  }
)
