import { describe, expect, it } from "vitest"
import { kindOf, monitorKinds } from "#lib/server/kinds.ts"
import { emptyValues, settingsOf } from "#lib/settings/values.ts"
import { parseCurl } from "./parse.ts"
import { looksLikeCurl, secretsIn, takenOver } from "./takeOver.ts"

const { fields } = kindOf(monitorKinds, "http")

describe("a pasted command", () => {
  const pasted = parseCurl("curl -X POST -u ada:secret -H 'X-A: 1' -d hello -m 5 https://api.example/orders")

  it("fills the form, its secrets apart", () => {
    const before = { ...emptyValues(fields), "settings.body": "old", name: "Orders", "settings.assertions.0": "" }
    const values = takenOver(fields, before, pasted)
    expect(values).toMatchObject({ name: "Orders", timeoutSeconds: "5", "settings.assertions.0": "" })
    expect(settingsOf(fields, values)).toMatchObject({
      url: "https://api.example/orders",
      method: "POST",
      headers: { "X-A": "1" },
      body: "hello",
      auth: "basic",
      username: "ada",
      followRedirects: false
    })
    expect(Object.values(values)).not.toContain("secret")
    expect(secretsIn(fields, pasted)).toEqual({ "settings.password": "secret" })
  })

  it("changes nothing when it cannot be read", () => {
    const values = { "settings.url": "curl" }
    expect(takenOver(fields, values, parseCurl("curl -s"))).toBe(values)
  })

  it("is told from a URL at a glance", () => {
    expect(looksLikeCurl("$ curl -v a.example")).toBe(true)
    expect(looksLikeCurl("curl.example.org")).toBe(false)
  })
})
