import type { Monitor } from "@v-insight/domain/model/Monitor"
import { describe, expect, it } from "vitest"
import { kindOf, monitorKinds } from "./kinds.ts"
import { emptyForm, filledForm, monitorOf, tryOf, typedForm } from "./monitorForm.ts"

const http = kindOf(monitorKinds, "http")

const filled = (values: Readonly<Record<string, string>>) => {
  const form = new FormData()
  for (const [name, value] of Object.entries(values)) form.set(name, value)
  return form
}

describe("the monitor form", () => {
  it("asks for one thing; defaults do the rest", () => {
    expect(monitorOf(http, filled(emptyForm(http, "example.org")))).toMatchObject({
      type: "http",
      settings: {
        url: "https://example.org",
        method: "GET",
        headers: {},
        expectedStatus: "200-299",
        followRedirects: true,
        ignoreTlsErrors: false
      },
      intervalSeconds: 60,
      timeoutSeconds: 10,
      confirmations: 1,
      recoveryChecks: 1,
      inverted: false,
      tags: [],
      regions: [],
      quorum: null,
      degradedAfterMs: null,
      parentIds: []
    })
  })

  it("shows a monitor as it is, and saving it unchanged changes nothing", () => {
    const settings = {
      url: "https://example.org/",
      method: "POST",
      headers: { "X-A": "1" },
      body: "{}",
      expectedStatus: "2xx",
      followRedirects: false,
      ignoreTlsErrors: true
    }
    const monitor = {
      type: "http",
      name: "A",
      tags: ["x", "y"],
      regions: ["eu", "us", "ap"],
      quorum: 2,
      degradedAfterMs: 800,
      parentIds: ["0190a1b2-0000-7000-8000-000000000001", "0190a1b2-0000-7000-8000-000000000002"],
      settings,
      intervalSeconds: 30,
      timeoutSeconds: 5,
      confirmations: 0,
      recoveryChecks: 2,
      inverted: true
    }
    expect(monitorOf(http, filled(filledForm(http, monitor as unknown as Monitor)))).toMatchObject(monitor)
  })

  it("keeps metadata of gRPC that is not typed again, and takes it away when asked to", () => {
    const grpc = kindOf(monitorKinds, "grpc")
    const metadata = (values: Readonly<Record<string, string>>) =>
      monitorOf(grpc, filled({ ...emptyForm(grpc, "example.org"), ...values })).settings["metadata"]
    expect(metadata({ "settings.metadata": "x-api-key: k1\nx-tenant: a" })).toEqual({
      "x-api-key": "k1",
      "x-tenant": "a"
    })
    expect(metadata({})).toBeUndefined()
    expect(metadata({ "remove.metadata": "true" })).toBeNull()
  })

  it("does not insist on the usual patience when the interval is shorter", () => {
    expect(monitorOf(http, filled({ ...emptyForm(http, "example.org"), intervalSeconds: "5" }))).not.toHaveProperty(
      "timeoutSeconds"
    )
    expect(
      monitorOf(http, filled({ ...emptyForm(http, "example.org"), intervalSeconds: "5", timeoutSeconds: "7" }))
    ).toHaveProperty("timeoutSeconds", 7)
  })

  it("keeps what was typed", () => {
    const typed = {
      ...emptyForm(http, ""),
      "settings.url": "nonsense",
      intervalSeconds: "abc"
    }
    expect(typedForm(http, filled(typed))).toEqual(typed)
  })

  it("tries what stands in it", () => {
    expect(tryOf(http, filled({ ...emptyForm(http, "localhost:1"), timeoutSeconds: "3" }))).toMatchObject({
      type: "http",
      timeoutSeconds: 3,
      settings: { url: "http://localhost:1" }
    })
  })
})
