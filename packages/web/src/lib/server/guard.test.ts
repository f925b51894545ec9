import { describe, expect, it } from "vitest"
import { isForged } from "./guard.ts"

const page = new URL("http://localhost:3000/monitors")
const api = new URL("http://localhost:3000/api/v1/monitors")
const post = (headers: Record<string, string> = {}) => new Request(page, { method: "POST", headers })

describe("isForged", () => {
  it("lets a form of our own through, over plain http too", () => {
    expect(isForged(post({ origin: "http://localhost:3000" }), page, true)).toBe(false)
  })

  it.each([
    ["another site", { origin: "http://evil.example" }],
    ["another port", { origin: "http://localhost:3001" }],
    ["another scheme", { origin: "https://localhost:3000" }],
    ["an opaque origin", { origin: "null" }],
    ["no proof", {}],
    ["a sibling site", { "sec-fetch-site": "same-site" }]
  ])("refuses %s", (_, headers) => {
    expect(isForged(post(headers), page, true)).toBe(true)
    expect(isForged(post(headers), api, true)).toBe(true)
  })

  it("believes Sec-Fetch-Site where Origin is absent", () => {
    expect(isForged(post({ "sec-fetch-site": "same-origin" }), page, true)).toBe(false)
  })

  it("protects sign-in, which has no session yet", () => {
    expect(isForged(post({ origin: "http://evil.example" }), new URL("http://localhost:3000/login"), false)).toBe(true)
  })

  it("lets programs use the API: with a token, or without any credential", () => {
    expect(isForged(post({ authorization: "Bearer abc" }), api, false)).toBe(false)
    expect(isForged(post(), api, false)).toBe(false)
  })

  it("keeps other sites from signing their visitors in, whatever they leave out", () => {
    for (const headers of [
      { origin: "http://evil.example" },
      { origin: "null" },
      { "sec-fetch-site": "cross-site" },
      { "sec-fetch-site": "same-site" }
    ]) {
      expect(isForged(post(headers), new URL("http://localhost:3000/api/v1/auth/login"), false)).toBe(true)
    }
  })

  it("lets jobs call from anywhere, whatever goes along", () => {
    const call = new URL("http://localhost:3000/api/v1/heartbeats/abc/fail")
    expect(isForged(post({ origin: "http://evil.example", cookie: "vinsight_session=x" }), call, true)).toBe(false)
    expect(isForged(post({ "sec-fetch-site": "cross-site" }), call, false)).toBe(false)
  })

  it("never stops reading", () => {
    expect(isForged(new Request(page, { headers: { origin: "http://evil.example" } }), page, true)).toBe(false)
  })
})
