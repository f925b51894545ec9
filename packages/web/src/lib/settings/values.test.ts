import { describe, expect, it } from "vitest"
import { changed, changeOf, changeText } from "./change.ts"
import { fieldAt, unitOf } from "./fields.ts"
import { fieldOf as field } from "./testing/fieldOf.ts"
import { emptyValues, settingsOf, valuesOf } from "./values.ts"

const assertions = field("assertions", "rows", {
  fields: [
    field("source", "choice", { options: ["status", "header", "json"], isRequired: true }),
    field("property", "text"),
    field("operator", "choice", { options: ["equals", "at_most", "exists"], isRequired: true }),
    field("expected", "text"),
    field("severity", "choice", { options: ["down", "degraded"], defaultText: "down" })
  ]
})
const steps = field("steps", "rows", {
  isRequired: true,
  fields: [field("url", "text", { isRequired: true }), assertions]
})

describe("settings as values", () => {
  const fields = [
    field("host", "text", { isRequired: true }),
    field("port", "number"),
    field("family", "choice", { options: ["", "4", "6"], isNumeric: true }),
    field("names", "list"),
    field("ports", "list", { isNumeric: true }),
    field("tls", "group", { fields: [field("ca", "long"), field("ignore", "yes-no")] }),
    field("password", "text", { isSecret: true })
  ]

  it("come back as they were", () => {
    const settings = {
      host: "a.example",
      port: 25,
      family: 6,
      names: ["a", "b"],
      ports: [1, 2],
      tls: { ca: "-----BEGIN-----\nx\n", ignore: true }
    }
    expect(settingsOf(fields, valuesOf(fields, settings))).toEqual(settings)
  })

  it("leave out what was left empty, groups too", () => {
    expect(settingsOf(fields, emptyValues(fields))).toEqual({ names: [], ports: [] })
  })

  it("keep text where a number should be, to be refused with a sentence", () => {
    expect(settingsOf(fields, { "settings.port": "abc" })).toMatchObject({ port: "abc" })
  })

  it("write secrets only, keep them when empty, and take them away when told", () => {
    expect(valuesOf(fields, { password: "no" })).not.toHaveProperty("settings.password")
    const said = (more: Record<string, string>) => settingsOf(fields, more).password
    expect(said({})).toBeUndefined()
    expect(said({ "settings.password": " a b " })).toBe(" a b ")
    expect(said({ "remove.password": "true" })).toBeNull()
    expect(said({ "remove.password": "true", "settings.password": "new" })).toBe("new")
  })

  it("read assertions as their source and operator have it", () => {
    const read = (row: Record<string, string>) =>
      settingsOf([assertions], {
        "settings.assertions.0": "",
        ...Object.fromEntries(Object.entries(row).map(([name, text]) => [`settings.assertions.0.${name}`, text]))
      }).assertions
    const row = { property: "x", expected: "200", severity: "down" }
    expect(read({ ...row, source: "status", operator: "equals" })).toEqual([
      { source: "status", operator: "equals", expected: 200, severity: "down" }
    ])
    expect(read({ ...row, source: "header", operator: "equals" })).toEqual([
      { source: "header", property: "x", operator: "equals", expected: "200", severity: "down" }
    ])
    expect(read({ ...row, source: "json", operator: "at_most" })).toMatchObject([{ property: "x", expected: 200 }])
    expect(read({ ...row, source: "json", operator: "exists" })).toEqual([
      { source: "json", property: "x", operator: "exists", severity: "down" }
    ])
  })
})

describe("rows", () => {
  const add = (path: string, row?: Record<string, string>) => ({ kind: "add", path, ...(row && { row }) }) as const

  it("come, within rows too, and go", () => {
    let values = emptyValues([steps])
    expect(values).toEqual({ "settings.steps.0": "", "settings.steps.0.url": "" })
    values = { ...values, "settings.steps.0.url": "a" }
    values = changed([steps], values, add("settings.steps", { url: "b" }))
    values = changed([steps], values, add("settings.steps.1.assertions", { source: "json", property: "$.x" }))
    const [first, second] = settingsOf([steps], values).steps as ReadonlyArray<Record<string, unknown>>
    expect(first).toEqual({ url: "a", assertions: [] })
    expect(second).toMatchObject({ url: "b", assertions: [{ source: "json", property: "$.x", severity: "down" }] })
    const rest = changed([steps], values, { kind: "remove", path: "settings.steps", index: 0 })
    expect(settingsOf([steps], rest)).toEqual({ steps: [second] })
    expect(changed([steps], rest, { kind: "remove", path: "settings.steps.0.assertions", index: 0 })).toEqual({
      "settings.steps.0": "",
      "settings.steps.0.url": "b"
    })
  })

  it("never come where there are none", () => {
    expect(changed([steps], {}, add("settings.nothing"))).toEqual({})
    expect(changed([steps], {}, add("settings.steps.0.url"))).toEqual({})
  })

  it("travel in a button", () => {
    const change = add("settings.assertions", { source: "status", expected: "200" })
    expect(changeOf(changeText(change))).toEqual(change)
    for (const text of ["", "{", "null", '{"kind":"add","path":"name"}'])
      expect(changeOf(text)).toEqual({ kind: "refresh", path: "settings" })
    expect(changeOf('{"kind":"remove","path":"settings.a"}')).toEqual({ kind: "refresh", path: "settings.a" })
  })

  it("are found by their path", () => {
    expect(fieldAt([steps], "settings.steps.3.assertions")).toBe(assertions)
    expect(fieldAt([steps], "settings.none.3")).toBeUndefined()
  })
})

it("names units that the title does not", () => {
  expect(unitOf(field("graceSeconds", "number", { title: "Grace" }))).toBe("seconds")
  expect(unitOf(field("graceSeconds", "number", { title: "Seconds of grace" }))).toBeNull()
  expect(unitOf(field("port", "number"))).toBeNull()
})
