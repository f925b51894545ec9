import { describe, expect, it } from "vitest"
import { emptyValues, settingsOf } from "#lib/settings/values.ts"
import { kindOf, monitorKinds } from "./kinds.ts"

const http = kindOf(monitorKinds, "http")

describe("the form of a kind", () => {
  it("follows from the contract", () => {
    expect(http.fields.map(({ name, kind, title, isRequired }) => [name, kind, title, isRequired])).toEqual(
      expect.arrayContaining([
        ["url", "text", "URL", true],
        ["headers", "pairs", "Headers", false],
        ["body", "long", "Body", false],
        ["expectedStatus", "text", "Expected status", false],
        ["followRedirects", "yes-no", "Follow redirects", false],
        ["ignoreTlsErrors", "yes-no", "Ignore certificate errors", false]
      ])
    )
    expect(emptyValues(http.fields)).toMatchObject({
      "settings.method": "GET",
      "settings.expectedStatus": "200-299",
      "settings.followRedirects": "true",
      "settings.body": ""
    })
  })

  it("names every setting in words", () => {
    const untitled = monitorKinds.flatMap(({ type, fields }) =>
      fields.filter(({ name, title }) => title === name).map(({ name }) => `${type}: ${name}`)
    )
    expect(untitled).toEqual([])
  })

  it("knows what rows within rows begin with", () => {
    const { fields } = kindOf(monitorKinds, "steps")
    expect(emptyValues(fields)).toMatchObject({
      "settings.steps.0": "",
      "settings.steps.0.method": "GET",
      "settings.steps.0.followRedirects": "true"
    })
    expect(emptyValues(fields)).not.toHaveProperty("settings.steps.0.assertions.0")
  })

  it("is read back as settings", () => {
    const settings = settingsOf(http.fields, {
      "settings.url": " https://example.org ",
      "settings.method": "POST",
      "settings.headers": "X-A: 1\n\nAuthorization: Bearer a:b",
      "settings.body": " {} ",
      "settings.expectedStatus": "",
      "settings.followRedirects": "true"
    })
    expect(settings).toMatchObject({
      url: "https://example.org",
      method: "POST",
      headers: { "X-A": "1", Authorization: "Bearer a:b" },
      body: " {} ",
      followRedirects: true,
      ignoreTlsErrors: false
    })
    expect(settings).not.toHaveProperty("expectedStatus")
  })
})
