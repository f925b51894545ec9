/**
 * Where something stands in JSON: the singular queries of RFC 9535 (section 2.3.5.1), which lead to one place or none.
 * `$.items[0]['first name']`; no wildcards, slices, filters or descendants.
 */
import { Result } from "effect"

/** Names of members and indexes of elements; a negative index counts from the end. */
export type JsonPath = ReadonlyArray<string | number>

export const maxJsonPathLength = 500

/** The failure is a sentence for people. */
export const parseJsonPath = (text: string): Result.Result<JsonPath, string> => {
  if (text.length > maxJsonPathLength) {
    return Result.fail(`A JSON path may have at most ${maxJsonPathLength} characters`)
  }
  if (!text.startsWith("$")) return Result.fail("A JSON path begins with $, such as $.items[0].name")
  const path: Array<string | number> = []
  let at = 1
  while (at < text.length) {
    segment.lastIndex = at
    const [whole, dotted, index, single, double] = segment.exec(text) ?? []
    if (whole === undefined) return Result.fail(problemAt(text, at))
    const key =
      dotted ??
      (index === undefined ? (single === undefined ? unescape(double!, '"') : unescape(single, "'")) : Number(index))
    if (key === undefined || (typeof key === "number" && !Number.isSafeInteger(key))) {
      return Result.fail(problemAt(text, at))
    }
    path.push(key)
    at = segment.lastIndex
  }
  return Result.succeed(path)
}

/** What stands at the path, wrapped because it may be null; undefined when nothing does. */
export const lookUp = (json: unknown, path: JsonPath): { readonly value: unknown } | undefined => {
  let value = json
  for (const key of path) {
    if (typeof value !== "object" || value === null) return undefined
    if (typeof key === "number") {
      if (!Array.isArray(value)) return undefined
      const index = key < 0 ? value.length + key : key
      if (index < 0 || index >= value.length) return undefined
      value = value[index]
    } else {
      if (Array.isArray(value) || !Object.hasOwn(value, key)) return undefined
      value = (value as Readonly<Record<string, unknown>>)[key]
    }
  }
  return { value }
}

/** Deeper JSON is no answer that anybody looks into; programs that walk it would run out of stack. */
const maxDepth = 100

/** Never throws, whatever the text; undefined when it is no JSON, or nested deeper than 100. */
export const parseJson = (text: string): { readonly value: unknown } | undefined =>
  isShallow(text) ? Result.getOrUndefined(Result.try(() => ({ value: JSON.parse(text) as unknown }))) : undefined

const isShallow = (text: string): boolean => {
  let depth = 0
  let isInString = false
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (isInString) {
      if (code === 0x5c) at++
      else if (code === 0x22) isInString = false
    } else if (code === 0x22) isInString = true
    else if (code === 0x7b || code === 0x5b) {
      if (++depth > maxDepth) return false
    } else if (code === 0x7d || code === 0x5d) depth--
  }
  return true
}

const name = "[A-Za-z_\\u0080-\\ud7ff\\ue000-\\u{10ffff}]"
/** name-segment or index-segment with the blanks (S) that may stand before it (RFC 9535 section 2.3.5.1, 2.5.1). */
const segment = new RegExp(
  `[ \\t\\n\\r]*(?:\\.(${name}(?:${name}|[0-9])*)|\\[[ \\t\\n\\r]*(?:(0|-?[1-9][0-9]*)` +
    `|'((?:[^'\\\\\\u0000-\\u001f]|\\\\[^\\u0000-\\u001f])*)'|"((?:[^"\\\\\\u0000-\\u001f]|\\\\[^\\u0000-\\u001f])*)")` +
    `[ \\t\\n\\r]*\\])`,
  "uy"
)

/** The escapes of RFC 9535 section 2.3.1.1; undefined when one is none of them, or half of a surrogate pair. */
const unescape = (quoted: string, quote: string): string | undefined => {
  if (!quoted.includes("\\")) return quoted
  let isValid = true
  const text = quoted.replaceAll(/\\(?:u([0-9A-Fa-f]{4})|(.))/gu, (_, hex: string | undefined, letter: string) => {
    if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16))
    const plain = letter === quote ? quote : escapes[letter]
    isValid &&= plain !== undefined
    return plain ?? ""
  })
  return isValid && text.isWellFormed() ? text : undefined
}

const escapes: Readonly<Record<string, string>> = {
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  "/": "/",
  "\\": "\\"
}

const problemAt = (text: string, at: number): string =>
  /^\.\.|^\.?\*|^\[[^\]]*[,:*?]/.test(text.slice(at))
    ? "A JSON path leads to one place: wildcards, slices, filters and .. are not understood here"
    : `This JSON path cannot be read from character ${at + 1} on; write names as .name or ['a name'] and positions as [0]`
