import { describe, expect, it } from "vitest"
import type { SettingsField } from "#lib/settings/fields.ts"
import { foldsOf, openFolds } from "./folds.ts"

const field = (name: string, kind: SettingsField["kind"], title = name): SettingsField => ({
  name,
  kind,
  title,
  help: null,
  isRequired: false,
  options: [],
  defaultText: ""
})
const fields = [
  field("method", "choice"),
  field("headers", "pairs", "Headers"),
  field("expectedStatus", "text"),
  field("followRedirects", "yes-no", "Follow redirects")
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
      "settings.followRedirects": "true"
    }
    const briefs = foldsOf(fields).map(({ title, brief }) => [title, brief((name) => values[name] ?? "")])
    expect(briefs).toEqual([
      ["Request", "GET, with headers"],
      ["Expectations", "2xx, follow redirects"]
    ])
    expect(foldsOf([])).toEqual([])
  })

  it("open where something is at fault", () => {
    expect([...openFolds(foldsOf(fields), problem("settings.headers.X Y"))]).toEqual(["Request"])
    expect([...openFolds(foldsOf(fields), problem("confirmations"))]).toEqual(["Confirmation"])
    expect([...openFolds(foldsOf(fields), problem("tags.0"))]).toEqual(["Tags"])
    expect([...openFolds(foldsOf(fields), undefined)]).toEqual([])
  })
})
