/** Which names are taken. */
import { assert, it } from "@effect/vitest"
import { Result, Schema } from "effect"
import { AlertChannelName } from "./AlertChannel.ts"
import { AlertRuleName } from "./AlertRule.ts"
import { MonitorName } from "./Monitor.ts"
import { TenantName } from "./Tenant.ts"

const names = { MonitorName, AlertChannelName, AlertRuleName, TenantName }
const refusal = (schema: Schema.Codec<string>, name: string) =>
  Result.match(Schema.decodeUnknownResult(schema)(name), {
    onFailure: ({ message }) => message,
    onSuccess: () => ""
  })

it.each(Object.entries(names))("%s is one line that can be shown", (_, schema) => {
  for (const name of ["a\r\nBcc: x", "a\nb", "a\tb", "a\0b", "a\u001b[31mb", "a\u0085b", "a\u2028b"])
    assert.include(refusal(schema, name), "on one line", JSON.stringify(name))
  for (const mark of ["\u202a", "\u202b", "\u202c", "\u202d", "\u202e", "\u2066", "\u2067", "\u2068", "\u2069"])
    assert.include(refusal(schema, `a${mark}b`), "turn text around", JSON.stringify(mark))
  for (const name of ["Shop", "Caf\u00e9 \u2013 API", "\u05d0\u05d1 shop", "\u{1f468}\u200d\u{1f469}", "x".repeat(120)])
    assert.strictEqual(refusal(schema, name), "", name)
  for (const name of ["", " a", "x".repeat(121)]) assert.notStrictEqual(refusal(schema, name), "", name)
})
