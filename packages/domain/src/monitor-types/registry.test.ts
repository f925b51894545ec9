/** What every kind owes the forms, the cards and the manual. */
import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { readFileSync } from "node:fs"
import { monitorTypes } from "./registry.ts"

interface Kind {
  readonly type: string
  readonly label: string
  readonly description: string
  readonly settings: Schema.Top
  readonly secrets: ReadonlyArray<string>
}

interface Json {
  readonly title?: string
  readonly description?: string
  readonly properties?: Readonly<Record<string, Json>>
  readonly items?: Json
  readonly anyOf?: ReadonlyArray<Json>
  readonly allOf?: ReadonlyArray<Json>
  readonly $ref?: string
}

const kinds: ReadonlyArray<readonly [string, Kind]> = Object.entries(monitorTypes)
const manual = readFileSync(new URL("../../../../docs/monitors.md", import.meta.url), "utf8")

/** The paths of settings without a title, or without words on what they mean. */
const wordless = (schema: Json, defs: Readonly<Record<string, Json>>, path = ""): ReadonlyArray<string> => {
  const name = schema.$ref?.replace("#/$defs/", "")
  if (name !== undefined) return wordless(defs[name]!, defs, path)
  return [
    ...Object.entries(schema.properties ?? {}).flatMap(([key, value]) => [
      ...(isExplained(value, defs, path === "") ? [] : [`${path}${key}`]),
      ...wordless(value, defs, `${path}${key}.`)
    ]),
    ...(schema.items === undefined ? [] : wordless(schema.items, defs, path))
  ]
}

/** Settings within settings may be clear by their title. */
const isExplained = (schema: Json, defs: Readonly<Record<string, Json>>, needsDescription: boolean): boolean => {
  const words = said(schema, defs)
  return words.title !== undefined && (!needsDescription || words.description !== undefined)
}

/** Checks of a schema may stand between its words and its type. */
const said = (schema: Json, defs: Readonly<Record<string, Json>>): Json => {
  const inner = [schema.$ref === undefined ? {} : defs[schema.$ref.replace("#/$defs/", "")]!]
  return Object.assign({}, ...inner, ...(schema.anyOf ?? []), ...(schema.allOf ?? []), schema) as Json
}

describe.each(kinds)("the kind %s", (name, kind) => {
  it("is registered under its own name", () => assert.strictEqual(kind.type, name))

  it("has a card", () => {
    assert.match(kind.label, /^\S/)
    assert.match(kind.description, /^[A-Z].*[^.]\.$/)
    assert.isBelow(kind.description.length, 100)
  })

  it("has a title and a sentence for each setting", () => {
    const { definitions, schema } = Schema.toJsonSchemaDocument(kind.settings)
    assert.deepStrictEqual(wordless(schema as Json, definitions as Readonly<Record<string, Json>>), [])
  })

  it("keeps secret only what it has", () => {
    const { fields } = kind.settings as unknown as { readonly fields: Readonly<Record<string, unknown>> }
    for (const secret of kind.secrets) assert.property(fields, secret)
  })

  it("stands in the manual", () => assert.include(manual, `| \`${name}\``))
})
