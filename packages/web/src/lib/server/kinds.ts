/** Forms for monitors of any kind, derived from the contract: a new kind needs nothing here. */
import { MonitorInput } from "@v-insight/domain/api/Monitors"
import { Schema, SchemaAST } from "effect"
import { type Kind, type SettingsField, textOf } from "#lib/settings/fields.ts"

/** Text that may be longer than a line of it deserves a field of several. */
const longText = 4096

const fieldOf = (name: string, schema: Schema.Top, defaults: Readonly<Record<string, unknown>>): SettingsField => {
  const ast = Schema.toType(schema).ast
  const options = choicesOf(ast)
  return {
    name,
    kind: options.length > 1 ? "choice" : kindOf(ast),
    title: SchemaAST.resolveTitle(schema.ast) ?? name,
    help: SchemaAST.resolveDescription(schema.ast) ?? null,
    isRequired: !SchemaAST.isOptional(Schema.toEncoded(schema).ast),
    options,
    defaultText: textOf(defaults[name])
  }
}

const choicesOf = (ast: SchemaAST.AST): ReadonlyArray<string> =>
  SchemaAST.isUnion(ast) && ast.types.every((type) => SchemaAST.isLiteral(type))
    ? ast.types.map((type) => String((type as SchemaAST.Literal).literal))
    : []

const kindOf = (ast: SchemaAST.AST): SettingsField["kind"] => {
  if (SchemaAST.isBoolean(ast)) return "yes-no"
  if (SchemaAST.isNumber(ast)) return "number"
  if (SchemaAST.isObjects(ast)) return "pairs"
  if (SchemaAST.isUnion(ast)) {
    // A text that may be null, for example a body.
    const [text, ...others] = ast.types.filter((type) => !SchemaAST.isNull(type))
    return text !== undefined && others.length === 0 && longestOf(text) > longText ? "long" : "text"
  }
  return longestOf(ast) > longText ? "long" : "text"
}

const longestOf = (ast: SchemaAST.AST): number => {
  const { schema } = Schema.toJsonSchemaDocument(Schema.make(ast))
  return typeof schema.maxLength === "number" ? schema.maxLength : 0
}

const defaultsOf = (fields: Readonly<Record<string, Schema.Top>>): Readonly<Record<string, unknown>> => {
  const optional = Object.entries(fields).filter(([, field]) => SchemaAST.isOptional(Schema.toEncoded(field).ast))
  const schema = Schema.Struct(Object.fromEntries(optional)) as unknown as Schema.Codec<Record<string, unknown>, object>
  return Schema.decodeUnknownSync(schema)({})
}

export const kinds: ReadonlyArray<Kind> = MonitorInput.members.map((member) => {
  const fields: Readonly<Record<string, Schema.Top>> = member.fields.settings.fields
  const defaults = defaultsOf(fields)
  return {
    type: member.fields.type.literal,
    fields: Object.entries(fields).map(([name, field]) => fieldOf(name, field, defaults))
  }
})
