import { assert, describe, it } from "@effect/vitest"
import { channelTypes } from "@v-insight/domain/channel-types/registry"
import { monitorTypes } from "@v-insight/domain/monitor-types/registry"
import { Schema } from "effect"
import { settingsSchema } from "./settingsSchema.ts"

interface Property {
  readonly title?: string
  readonly description?: string
  readonly default?: unknown
  readonly properties?: Readonly<Record<string, Property>>
  readonly required?: ReadonlyArray<string>
  readonly items?: Property
}

const nested = ({ items, properties = {} }: Property): ReadonlyArray<readonly [string, Property]> =>
  Object.entries(items?.properties ?? properties).flatMap(([name, property]) => [[name, property], ...nested(property)])

/** A form is made of these: every registered kind has to say what its settings are. */
for (const kind of Object.values({ ...monitorTypes, ...channelTypes })) {
  const settings: Schema.Top = kind.settings
  const root: Property = settingsSchema(settings)
  const fields = Object.entries(root.properties ?? {})

  describe(`the settings of ${kind.type}`, () => {
    it("refer to nothing outside of them", () => {
      assert.notInclude(JSON.stringify(root), '"$ref"')
    })

    for (const [name, property] of fields) {
      it(`${name} has a title and a description`, () => {
        assert.isNotEmpty(property.title ?? "", "title")
        assert.isNotEmpty(property.description ?? "", "description")
      })
    }

    it("have titles inside too", () => {
      const untitled = fields
        .flatMap(([, property]) => nested(property))
        .flatMap(([name, { title }]) => (title === undefined ? [name] : []))
      assert.deepStrictEqual(untitled, [])
    })

    it("that may be left out say what they are then", () => {
      const isMade = (name: string) => kind.type === "webhook" && name === "secret"
      const silent = fields.flatMap(([name, property]) =>
        root.required?.includes(name) || "default" in property || isMade(name) ? [] : [name]
      )
      assert.deepStrictEqual(silent, [])
    })

    it("have defaults that they accept", () => {
      const accepts = (name: string, value: unknown): boolean => {
        const field = (settings as Schema.Struct<Schema.Struct.Fields>).fields[name] as Schema.Codec<unknown>
        return Schema.is(Schema.toType(field))(value)
      }
      const wrong = fields.filter(([name, property]) => "default" in property && !accepts(name, property.default))
      assert.deepStrictEqual(wrong, [])
    })

    it("name secrets that there are", () => {
      assert.includeMembers(
        fields.map(([name]) => name),
        [...kind.secrets]
      )
    })
  })
}
