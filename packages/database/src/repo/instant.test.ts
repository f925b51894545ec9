import { assert, it } from "@effect/vitest"
import { DateTime, Schema } from "effect"
import { rfc3339 } from "./instant.ts"

const Instant = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 4_102_444_800_000 }))

it.prop("is what DateTime makes of an instant", [Instant], ([ms]) => {
  assert.strictEqual(rfc3339(ms), DateTime.formatIso(DateTime.makeUnsafe(ms)))
})
