import { describe, expect, it } from "vitest"
import type { SettingsField } from "./fields.ts"
import { askedOf, briefOf, foldsOf, openFolds } from "./folds.ts"
import { fieldOf as field } from "./testing/fieldOf.ts"

const source = field("source", "choice")
const operator = field("operator", "choice")
const fields: ReadonlyArray<SettingsField> = [
  field("method", "choice"),
  field("headers", "pairs", { title: "Headers" }),
  field("expectedStatus", "text"),
  field("followRedirects", "yes-no", { title: "Follow redirects", defaultText: "true" }),
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
      "settings.caCertificate": "-----BEGIN CERTIFICATE-----",
      "settings.assertions.0": ""
    }
    expect(
      foldsOf(fields).map((fold) => [fold.title, briefOf(fold.fields, values, { secretsSet: ["password"] })])
    ).toEqual([
      ["Request", "GET, with headers"],
      ["Authentication", "with password"],
      ["TLS", "with CA certificate"],
      ["Expectations", "2xx, follow redirects: no"],
      ["Assertions", "1 assertion"]
    ])
    expect(foldsOf([])).toEqual([])
  })

  it("give variables a fold of their own, and name what says nothing by itself", () => {
    const steps = [
      field("ipVersion", "choice", { title: "IP version" }),
      field("variables", "pairs", { isSecret: true }),
      field("metadata", "pairs", { title: "Metadata", isSecret: true })
    ]
    expect(
      foldsOf(steps).map(({ title, fields }) => [
        title,
        briefOf(fields, { "settings.ipVersion": "any" }, { secretsSet: ["metadata"] })
      ])
    ).toEqual([
      ["Variables", "none"],
      ["Request", "IP version any"],
      ["Authentication", "with metadata"]
    ])
  })

  it("leave out what is asked first: what is required, else all that is the kind's own", () => {
    const host = field("host", "text", { isRequired: true })
    expect(askedOf([host, ...fields])).toEqual([host])
    expect(askedOf(fields).map(({ name }) => name)).toEqual(["method", "headers"])
  })

  it("open where something is at fault", () => {
    expect([...openFolds(foldsOf(fields), problem("settings.headers.X Y"))]).toEqual(["Request"])
    expect([...openFolds(foldsOf(fields), problem("inverted"))]).toEqual(["Confirmation"])
    expect([...openFolds(foldsOf(fields), problem("tags.0"))]).toEqual(["Tags"])
    expect([...openFolds(foldsOf(fields), undefined)]).toEqual([])
  })
})
