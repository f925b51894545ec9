import { describe, expect, it } from "vitest"
import type { SettingsField } from "./fields.ts"
import { briefOf, foldsOf, openFolds } from "./folds.ts"
import { fieldOf as field } from "./testing/fieldOf.ts"

const source = field("source", "choice")
const operator = field("operator", "choice")
const fields: ReadonlyArray<SettingsField> = [
  field("method", "choice"),
  field("headers", "pairs", { title: "Headers" }),
  field("expectedStatus", "text"),
  field("followRedirects", "yes-no", { title: "Follow redirects" }),
  field("caCertificate", "long", { title: "CA certificate" }),
  field("password", "text", { title: "Password", isSecret: true }),
  field("assertions", "rows", { title: "Assertions", fields: [source, operator] })
]
const problem = (path: string) => ({
  status: 422,
  code: "VALIDATION_ERROR",
  message: "",
  retryAfterSeconds: null,
  requestId: "",
  issues: [{ path, message: "no" }]
})

describe("folds", () => {
  it("say what is in them", () => {
    const values: Record<string, string> = {
      "settings.method": "GET",
      "settings.headers": "A: 1",
      "settings.expectedStatus": "2xx",
      "settings.followRedirects": "true",
      "settings.caCertificate": "-----BEGIN CERTIFICATE-----",
      "settings.assertions.0": ""
    }
    expect(foldsOf(fields).map((fold) => [fold.title, briefOf(fold, values, ["password"])])).toEqual([
      ["Request", "GET, with headers"],
      ["Authentication", "with password"],
      ["TLS", "with CA certificate"],
      ["Expectations", "2xx, follow redirects"],
      ["Assertions", "1 assertion"]
    ])
    expect(foldsOf([])).toEqual([])
  })

  it("open where something is at fault", () => {
    expect([...openFolds(foldsOf(fields), problem("settings.headers.X Y"))]).toEqual(["Request"])
    expect([...openFolds(foldsOf(fields), problem("inverted"))]).toEqual(["Confirmation"])
    expect([...openFolds(foldsOf(fields), problem("tags.0"))]).toEqual(["Tags"])
    expect([...openFolds(foldsOf(fields), undefined)]).toEqual([])
  })
})
