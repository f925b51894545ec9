/** What may stand where something else was sent, for people: by what a schema takes, never by the schema's name. */
import { SchemaAST } from "effect"

/** Longer lists of words are in the documentation. */
const maxWords = 20

export const expectationOf = (ast: SchemaAST.AST): string => {
  const known = membersOf(ast)
  const words = known.flatMap((member) => (SchemaAST.isLiteral(member) ? [String(member.literal)] : []))
  const others = known.filter((member) => !SchemaAST.isLiteral(member)).map(phraseOf)
  const phrases = [...new Set([...(words.length === 0 ? [] : [phraseOfWords(words)]), ...others])]
  const sentence = phrases.length === 0 ? "send null" : phrases.join(" or ").replaceAll(" or write ", " or ")
  return sentence.charAt(0).toUpperCase() + sentence.slice(1)
}

/** Null and undefined mean "nothing": whoever sent something wrong there meant something. */
const membersOf = (ast: SchemaAST.AST): ReadonlyArray<SchemaAST.AST> => {
  const encoded = SchemaAST.toEncoded(ast)
  if (SchemaAST.isUnion(encoded)) return encoded.types.flatMap(membersOf)
  return SchemaAST.isNull(encoded) || SchemaAST.isUndefined(encoded) ? [] : [encoded]
}

const phraseOfWords = (words: ReadonlyArray<string>): string => {
  if (words.length > maxWords) return "write one of the words that the documentation has for this"
  return words.length === 1 ? `write ${words[0]}` : `write ${words.slice(0, -1).join(", ")} or ${words.at(-1)}`
}

const phraseOf = (ast: SchemaAST.AST): string => {
  switch (ast._tag) {
    case "String":
    case "TemplateLiteral":
      return "write text"
    case "Number":
      return "write a number"
    case "Boolean":
      return "write true or false"
    case "Arrays":
      return "send a list"
    case "Objects":
      return ast.propertySignatures.length === 0 ? "send an object of names and values" : "send an object"
    default:
      return "write what the documentation has for this"
  }
}

/** Of the rules that come with schemas, those whose words are a programmer's. */
const rules: ReadonlyArray<readonly [expected: RegExp, sentence: string]> = [
  [/^an integer$/, "Write a whole number"],
  [/^a UUID$/, "Write the id as it was given: a UUID"],
  [/^a value between (\S+ and \S+)$/, "Write a number between $1"],
  [/^a string with no leading or trailing whitespace$/, "Leave out blanks at the beginning and at the end"]
]

/** Undefined: the rule's own words will do. */
export const ruleSentence = (expected: unknown): string | undefined => {
  if (typeof expected !== "string") return undefined
  const rule = rules.find(([pattern]) => pattern.test(expected))
  return rule && expected.replace(...rule)
}
