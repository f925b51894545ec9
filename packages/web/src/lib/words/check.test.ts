import { describe, expect, it } from "vitest"
import { certificate, latency, percent, target } from "./check.ts"
import { httpStatus } from "./httpStatus.ts"

const plain = (text: string) => text.replaceAll("\u00a0", " ")
const now = Date.parse("2026-11-21T12:03:10.000Z")

describe("latency", () => {
  it.each([
    [null, "–"],
    [undefined, "–"],
    [0, "0 ms"],
    [20, "<0.1 ms"],
    [50, "0.1 ms"],
    [740, "0.7 ms"],
    [1000, "1 ms"],
    [9960, "10 ms"],
    [275_600, "276 ms"],
    [999_600, "1 s"],
    [1_184_000, "1.18 s"],
    [1_200_000, "1.2 s"],
    [10_004_000, "10 s"],
    [12_300_000, "12.3 s"]
  ])("%s us is %s", (microseconds, text) => {
    expect(plain(latency(microseconds))).toBe(text)
  })
})

describe("percent", () => {
  it("does not flatter", () => {
    expect(percent(99_999, 100_000)).toBe("99.99")
    expect(percent(499, 500)).toBe("99.80")
    expect(percent(5, 5)).toBe("100")
    expect(percent(0, 5)).toBe("0.00")
    expect(percent(0, 0)).toBe("–")
  })
})

describe("certificates", () => {
  it.each([
    ["2027-02-02T13:00:00Z", "valid 73 days, until 2 Feb 2027"],
    ["2026-11-22T13:00:00Z", "valid 1 day, until 22 Nov 2026"],
    ["2026-11-21T12:00:00Z", "expired on 21 Nov 2026"],
    ["2026-11-11T12:00:00Z", "expired on 11 Nov 2026"]
  ])("until %s", (validTo, text) => {
    expect(certificate(validTo, "UTC", now)).toBe(text)
  })
})

describe("targets and statuses", () => {
  it("leave out what says nothing", () => {
    expect(target({ url: "https://halyard.example/" })).toBe("halyard.example")
    expect(target({ url: "http://localhost:8080/health?deep=1" })).toBe("localhost:8080/health?deep=1")
    expect(target({ url: "nonsense" })).toBe("")
    expect(target({})).toBe("")
    expect(httpStatus(503)).toBe("503 Service Unavailable")
    expect(httpStatus(599)).toBe("599")
  })
})

it.each([
  [{ url: "https://a.example/" }, "a.example"],
  [{ url: "https://a.example/x?y=1" }, "a.example/x?y=1"],
  [{ host: "db.example", port: 5432 }, "db.example:5432"],
  [{ host: "2001:db8::1", port: 25 }, "[2001:db8::1]:25"],
  [{ host: "a.example" }, "a.example"],
  [{ name: "a.example", recordType: "MX" }, "MX a.example"],
  [{ steps: [{ url: "https://a.example/login" }, { url: "https://a.example/" }] }, "a.example/login, 2 steps"],
  [{ cron: "0 3 * * *", timeZone: "UTC" }, "0 3 * * * UTC"],
  [{ periodSeconds: 3600 }, "every 1\u00a0h"],
  [{}, ""]
])("what %j looks at is %j", (settings, text) => {
  expect(target(settings)).toBe(text)
})
