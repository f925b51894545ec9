/**
 * Settings as JSON Schema (draft 2020-12) that a form can be made of without looking anything up: no references, and the
 * default beside every setting that may be left out.
 */
import { Option, Schema, SchemaAST } from "effect"

type Json = Schema.Json
type JsonObject = { readonly [key: string]: Json }

const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value)

export const settingsSchema = (settings: Schema.Top): JsonObject => {
  const { definitions, schema } = Schema.toJsonSchemaDocument(settings, { onExcessProperty: "error" })
  return withDefaults(inlined(schema as JsonObject, definitions as JsonObject) as JsonObject, settings.ast)
}

/** Settings do not nest in themselves; what stands beside a reference goes before what it refers to. */
const inlined = (value: Json, definitions: JsonObject): Json => {
  if (Array.isArray(value)) return value.map((item) => inlined(item, definitions))
  if (!isObject(value)) return value
  const { $ref, ...rest } = value
  const entries = Object.entries(rest).map(([key, inner]) => [key, inlined(inner, definitions)] as const)
  const referred = typeof $ref === "string" ? definitions[$ref.slice("#/$defs/".length)] : undefined
  return { ...(isObject(referred) && (inlined(referred, definitions) as JsonObject)), ...Object.fromEntries(entries) }
}

/** The tree of the schema beside the tree of its JSON Schema. */
const withDefaults = (json: JsonObject, ast: SchemaAST.AST): JsonObject => {
  const { items, properties } = json
  if (SchemaAST.isArrays(ast) && isObject(items) && ast.rest[0] !== undefined) {
    return { ...json, items: withDefaults(items, ast.rest[0]) }
  }
  if (!SchemaAST.isObjects(ast) || !isObject(properties)) return json
  const known: JsonObject = properties
  const described = ast.propertySignatures.flatMap(({ name, type }) => {
    const property = known[String(name)]
    if (!isObject(property)) return []
    const fallback = defaultOf(String(name), type, property)
    const inner = withDefaults(property, type)
    return [[String(name), fallback === undefined ? inner : { ...inner, default: fallback }]]
  })
  return { ...json, properties: { ...known, ...Object.fromEntries(described) } }
}

/** What a setting is that was left out; undefined when it must not be, or then is not there. */
const defaultOf = (name: string, type: SchemaAST.AST, property: JsonObject): Json | undefined => {
  if (!SchemaAST.isOptional(SchemaAST.toEncoded(type))) return undefined
  const struct = Schema.Struct({ [name]: Schema.make(type) }) as unknown as Schema.Codec<JsonObject>
  const found = Option.getOrUndefined(Schema.decodeUnknownOption(struct)({}))?.[name]
  return found ?? (acceptsNull(property) ? null : undefined)
}

const acceptsNull = ({ anyOf, type }: JsonObject): boolean =>
  type === "null" || (Array.isArray(anyOf) && anyOf.some((one) => isObject(one) && acceptsNull(one)))
