/** Forms for monitors and channels of any kind, derived from the contract: a new kind needs nothing here. */
import { type Card, channelCards, monitorCards } from "@v-insight/domain/api/Cards"
import { Schema, SchemaAST } from "effect"
import type { Kind, SettingsField } from "#lib/settings/fields.ts"
import { textOf } from "#lib/settings/values.ts"

/** Text that may be longer than a line of it deserves a field of several. */
const longText = 4096

const none = {
  isSecret: false,
  options: [],
  isNumeric: false,
  minimum: null,
  maximum: null,
  defaultText: "",
  fields: []
} as const

/** The fields of an object, in the order of its schema. */
const fieldsOf = (ast: SchemaAST.AST, secrets: ReadonlyArray<string> = []): ReadonlyArray<SettingsField> =>
  propertiesOf(ast).map(({ name, type }) => ({
    ...none,
    name: String(name),
    title: titleOf(type) ?? String(name),
    help: helpOf(type) ?? null,
    isRequired: !SchemaAST.isOptional(SchemaAST.toEncoded(type)),
    isSecret: secrets.includes(String(name)),
    defaultText: textOf(defaultOf(String(name), type)),
    ...shapeOf(wantedOf(SchemaAST.toType(type)), type)
  }))

const propertiesOf = (ast: SchemaAST.AST): ReadonlyArray<SchemaAST.PropertySignature> => {
  const object = SchemaAST.toType(ast)
  if (!SchemaAST.isObjects(object)) return []
  // Of the whole schema: what has a default is known on the way from the wire only.
  return SchemaAST.isObjects(ast) ? ast.propertySignatures : object.propertySignatures
}

/** What is said of a setting, or of the only thing that it can be beside null. */
const said = (resolve: (ast: SchemaAST.AST) => string | undefined) => (ast: SchemaAST.AST) =>
  resolve(ast) ?? resolve(SchemaAST.toType(ast)) ?? resolve(wantedOf(SchemaAST.toType(ast)))
const titleOf = said(SchemaAST.resolveTitle)
const helpOf = said(SchemaAST.resolveDescription)

type Shape = Pick<SettingsField, "kind"> & Partial<SettingsField>

const shapeOf = (ast: SchemaAST.AST, whole: SchemaAST.AST): Shape => {
  const options = literalsOf(ast)
  if (options.length > 0) {
    const isOptional = SchemaAST.isOptional(SchemaAST.toEncoded(whole)) && defaultOf("_", whole) === undefined
    return {
      kind: "choice",
      options: [...(isOptional ? [""] : []), ...options.map(String)],
      isNumeric: options.every((option) => typeof option === "number")
    }
  }
  if (SchemaAST.isBoolean(ast)) return { kind: "yes-no" }
  if (SchemaAST.isNumber(ast)) return { kind: "number", ...boundsOf(ast) }
  // Of the whole schema again: defaults within are known there only.
  const outer = wantedOf(whole)
  if (SchemaAST.isArrays(ast)) return listOf((SchemaAST.isArrays(outer) ? outer : ast).rest[0])
  if (SchemaAST.isObjects(ast))
    return ast.propertySignatures.length > 0 ? { kind: "group", fields: fieldsOf(outer) } : { kind: "pairs" }
  return { kind: lengthOf(ast) > longText ? "long" : "text" }
}

const listOf = (item: SchemaAST.AST | undefined): Shape => {
  if (item === undefined) return { kind: "list" }
  const shape = SchemaAST.toType(item)
  return SchemaAST.isObjects(shape) && shape.propertySignatures.length > 0
    ? { kind: "rows", fields: fieldsOf(item) }
    : { kind: "list", isNumeric: SchemaAST.isNumber(shape) }
}

/** What is wanted where null or nothing would do as well. */
const wantedOf = (ast: SchemaAST.AST): SchemaAST.AST => {
  if (!SchemaAST.isUnion(ast)) return ast
  const wanted = ast.types.filter((type) => !SchemaAST.isNull(type) && !SchemaAST.isUndefined(type))
  return wanted.length === 1 ? wanted[0]! : ast
}

const literalsOf = (ast: SchemaAST.AST): ReadonlyArray<SchemaAST.LiteralValue> => {
  const types = SchemaAST.isUnion(ast) ? ast.types.filter((type) => !SchemaAST.isNull(type)) : [ast]
  return types.every((type) => SchemaAST.isLiteral(type)) ? types.map(({ literal }) => literal) : []
}

const jsonOf = (ast: SchemaAST.AST) => Schema.toJsonSchemaDocument(Schema.make(ast)).schema

const lengthOf = (ast: SchemaAST.AST): number => {
  const { maxLength } = jsonOf(ast)
  return typeof maxLength === "number" ? maxLength : 0
}

const boundsOf = (ast: SchemaAST.AST): Pick<SettingsField, "minimum" | "maximum"> => {
  const { minimum, maximum } = jsonOf(ast)
  return {
    minimum: typeof minimum === "number" ? minimum : null,
    maximum: typeof maximum === "number" ? maximum : null
  }
}

/** What a setting is that was left out, undefined where that is nothing. */
const defaultOf = (name: string, ast: SchemaAST.AST): unknown => {
  if (!SchemaAST.isOptional(SchemaAST.toEncoded(ast))) return undefined
  const schema = Schema.Struct({ [name]: Schema.make(ast) }) as unknown as Schema.Codec<Record<string, unknown>, object>
  return Schema.decodeUnknownSync(schema)({})[name]
}

const kindsOf = (cards: ReadonlyArray<Card>): ReadonlyArray<Kind> =>
  cards.map(({ type, label, description, settings, secrets }) => ({
    type,
    label,
    description,
    fields: fieldsOf(settings.ast, secrets)
  }))

export const monitorKinds = kindsOf(monitorCards)
export const channelKinds = kindsOf(channelCards)

/** The kind of this name, else the first. */
export const kindOf = (kinds: ReadonlyArray<Kind>, type: string | null): Kind =>
  kinds.find((kind) => kind.type === type) ?? kinds[0]!

/** What stands on the cards. */
export const cardsOf = (kinds: ReadonlyArray<Kind>) =>
  kinds.map(({ type, label, description }) => ({ type, label, description }))
