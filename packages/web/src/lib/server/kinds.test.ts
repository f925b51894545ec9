import { describe, expect, it } from "vitest"
import { settingsOf, textOf } from "#lib/settings/fields.ts"
import { kinds } from "./kinds.ts"

const http = kinds.find(({ type }) => type === "http")!

describe("the form of a kind", () => {
  it("follows from the contract", () => {
    expect(http.fields.map(({ name, kind, title, isRequired }) => [name, kind, title, isRequired])).toEqual([
      ["url", "text", "URL", true],
      ["method", "choice", "Method", false],
      ["headers", "pairs", "Headers", false],
      ["body", "long", "Body", false],
      ["expectedStatus", "text", "Expected status", false],
      ["followRedirects", "yes-no", "Follow redirects", false],
      ["ignoreTlsErrors", "yes-no", "Ignore certificate errors", false]
    ])
    const defaults = Object.fromEntries(http.fields.map(({ name, defaultText }) => [name, defaultText]))
    expect(defaults).toMatchObject({ method: "GET", expectedStatus: "200-299", followRedirects: "true", body: "" })
  })

  it("is read back as settings", () => {
    const said: Record<string, string> = {
      url: " https://example.org ",
      method: "POST",
      headers: "X-A: 1\n\nAuthorization: Bearer a:b",
      body: " {} ",
      expectedStatus: "",
      followRedirects: "on"
    }
    expect(settingsOf(http.fields, (name) => said[name] ?? "")).toEqual({
      url: "https://example.org",
      method: "POST",
      headers: { "X-A": "1", Authorization: "Bearer a:b" },
      body: " {} ",
      followRedirects: true,
      ignoreTlsErrors: false
    })
  })

  it("writes stored values", () => {
    expect([textOf(null), textOf([200, 204]), textOf({ a: "1", b: "2" }), textOf(true)]).toEqual([
      "",
      "200, 204",
      "a: 1\nb: 2",
      "true"
    ])
  })
})
