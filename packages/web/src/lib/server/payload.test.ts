import { MonitorInput } from "@v-insight/domain/api/Monitors"
import { Register } from "@v-insight/domain/api/Auth"
import { Effect } from "effect"
import { describe, expect, it } from "vitest"
import { read } from "./payload.ts"

const issues = (schema: typeof MonitorInput | typeof Register, raw: unknown) =>
  Effect.runSync(read(schema, raw).pipe(Effect.flip)).issues

describe("read", () => {
  it("fills in the defaults", () => {
    const input = Effect.runSync(read(MonitorInput, { type: "http", settings: { url: "https://example.org" } }))
    expect(input.settings).toMatchObject({ method: "GET", expectedStatus: "200-299", followRedirects: true })
  })

  it("says what is wrong where, all at once", () => {
    const found = issues(MonitorInput, { type: "http", settings: { url: "nonsense" }, intervalSeconds: 0 })
    expect(found.map(({ path }) => path).sort()).toEqual(["intervalSeconds", "settings.url"])
    expect(found.find(({ path }) => path === "settings.url")?.message).toContain("Write a whole URL")
    expect(
      issues(Register, { email: "x", password: "short" })
        .map(({ path }) => path)
        .sort()
    ).toEqual(["email", "password"])
  })
})
