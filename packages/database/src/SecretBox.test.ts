import { assert, layer } from "@effect/vitest"
import { Effect, Exit, Layer, Redacted } from "effect"
import { Keys } from "./Keys.ts"
import { SecretBox } from "./SecretBox.ts"

const box = (secret: string) =>
  Layer.fresh(SecretBox.layer).pipe(Layer.provide(Layer.succeed(Keys, Keys.fromSecret(Redacted.make(secret)))))

const place = { tenantId: "one", rowId: "two" }
const secrets = { secret: "whsec_ümlaut 😀" }

layer(box("a secret of the tests, longer than needed"))("SecretBox", (it) => {
  it.effect("opens what it sealed, and never seals alike", () =>
    Effect.gen(function* () {
      const { open, seal } = yield* SecretBox
      const [one, two] = [yield* seal(secrets, place), yield* seal(secrets, place)]
      assert.deepStrictEqual(yield* open(one, place), secrets)
      assert.notDeepEqual(one, two)
      assert.strictEqual(one[0], 0x01)
      assert.notInclude(Buffer.from(one).toString("latin1"), "whsec")
    })
  )

  it.effect("opens nothing that was changed, moved, or sealed with another key", () =>
    Effect.gen(function* () {
      const { open, seal } = yield* SecretBox
      const sealed = yield* seal(secrets, place)
      const refuses = (bytes: Uint8Array, at: typeof place) =>
        Effect.map(Effect.exit(open(bytes, at)), (exit) => assert.isTrue(Exit.isFailure(exit)))
      for (const index of sealed.keys()) yield* refuses(sealed.with(index, sealed[index]! ^ 1), place)
      yield* refuses(sealed, { ...place, tenantId: "other" })
      yield* refuses(sealed, { ...place, rowId: "other" })
      yield* refuses(new Uint8Array(), place)
      yield* refuses(sealed.subarray(0, 20), place)
      const other = yield* Effect.provide(SecretBox, box("another secret of the tests, longer than needed"))
      yield* Effect.map(Effect.exit(other.open(sealed, place)), (exit) => assert.isTrue(Exit.isFailure(exit)))
    })
  )
})
