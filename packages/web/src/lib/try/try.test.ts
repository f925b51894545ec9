import { describe, expect, it } from "vitest"
import { type Draft, draftDefaults, draftOf, tryBody, wholeUrl } from "./draft.ts"
import { fixesFor } from "./fixes.ts"

const draft: Draft = { url: "https://halyard.example/", ...draftDefaults }
const failed = (code: string, httpStatus: number | null = null) => ({ error: { code, message: "" }, httpStatus })

describe("what was typed", () => {
  it.each([
    [" example.org/health ", "https://example.org/health"],
    ["http://example.org", "http://example.org"],
    ["localhost:8080", "http://localhost:8080"],
    ["10.0.0.4", "http://10.0.0.4"],
    ["172.20.1.1:9", "http://172.20.1.1:9"],
    ["172.32.1.1", "https://172.32.1.1"],
    ["nas.local", "http://nas.local"],
    ["ftp://example.org", "ftp://example.org"],
    ["", ""]
  ])("%j becomes %j", (typed, url) => {
    expect(wholeUrl(typed)).toBe(url)
  })

  it("survives the way through a form", () => {
    const form = new FormData()
    form.set("url", "example.org")
    form.set("ignoreTlsErrors", "true")
    form.set("expectedStatus", "200-299,401")
    form.set("timeoutSeconds", "30")
    expect(tryBody(draftOf(form))).toEqual({
      type: "http",
      timeoutSeconds: 30,
      settings: { url: "https://example.org", expectedStatus: "200-299,401", ignoreTlsErrors: true }
    })
    form.set("timeoutSeconds", "9000")
    expect(draftOf(form).timeoutSeconds).toBe(10)
    expect(tryBody(draft).settings).toEqual({ url: "https://halyard.example/" })
  })
})

describe("fixes", () => {
  const fixes = (code: string, httpStatus: number | null = null, from = draft) =>
    fixesFor(failed(code, httpStatus), from).map(({ label, draft }) => [label, draft])

  it("accept an answer that may be right, but never an error of the server", () => {
    expect(fixes("unexpected_status", 401)).toEqual([["Accept 401", { ...draft, expectedStatus: "200-299,401" }]])
    expect(fixes("unexpected_status", 404, { ...draft, expectedStatus: "204" })).toEqual([
      ["Accept 404", { ...draft, expectedStatus: "204,404" }]
    ])
    expect(fixes("unexpected_status", 503)).toEqual([])
  })

  it("look past a certificate, or try the other name", () => {
    expect(fixes("tls_host").map(([label]) => label)).toEqual(["Ignore certificate errors", "Try www.halyard.example"])
    expect(fixes("tls_untrusted", null, { ...draft, url: "https://10.0.0.4/" }).map(([label]) => label)).toEqual([
      "Ignore certificate errors"
    ])
  })

  it("wait longer, up to the limit", () => {
    expect(fixes("timeout_first_byte")).toEqual([["Wait up to 30 s", { ...draft, timeoutSeconds: 30 }]])
    expect(fixes("timeout_connect", null, { ...draft, timeoutSeconds: 60 })).toEqual([])
  })

  it("speak HTTP/2, or one version of IP", () => {
    expect(fixes("http2_only")).toEqual([["Use HTTP/2", { ...draft, httpVersion: "2" }]])
    expect(tryBody({ ...draft, httpVersion: "2" }).settings).toEqual({ url: draft.url, httpVersion: "2" })
    expect(fixes("http2_only", null, { ...draft, httpVersion: "2" })).toEqual([])
    expect(fixes("unreachable").map(([label]) => label)).toEqual(["Use IPv4 only", "Use IPv6 only"])
    expect(fixes("unreachable", null, { ...draft, url: "https://[2001:db8::1]/" })).toEqual([])
  })

  it("try the other name or scheme", () => {
    expect(fixes("dns_failed", null, { ...draft, url: "https://www.halyard.example/x" })).toEqual([
      ["Try halyard.example", { ...draft, url: "https://halyard.example/x" }]
    ])
    expect(fixes("connection_refused")).toEqual([["Try http://", { ...draft, url: "http://halyard.example/" }]])
    expect(fixes("connection_refused", null, { ...draft, url: "nonsense" })).toEqual([])
  })

  it("are not offered where nothing is wrong or nothing helps", () => {
    expect(fixesFor({ error: null, httpStatus: 200 }, draft)).toEqual([])
    expect(fixes("blocked")).toEqual([])
  })
})
