/**
 * A file of SQL as single statements: the wire protocol in use takes one at a time. Knows strings, quoted names,
 * `$tag$` bodies and comments; a body of the form BEGIN ATOMIC is not known, write `$$` instead.
 */

/** The statements of `text` in order, without their semicolon; pieces that are only comments are left out. */
export const split = (text: string): ReadonlyArray<string> => {
  const statements: Array<string> = []
  let start = 0
  let isEmpty = true
  let at = 0
  while (at < text.length) {
    const end = endOfToken(text, at)
    const isComment = text.startsWith("--", at) || text.startsWith("/*", at)
    if (text[at] === ";") {
      if (!isEmpty) statements.push(text.slice(start, at).trim())
      start = end
      isEmpty = true
    } else if (!isComment && text.slice(at, end).trim() !== "") {
      isEmpty = false
    }
    at = end
  }
  if (!isEmpty) statements.push(text.slice(start).trim())
  return statements
}

/** Where the token that starts at `at` ends; anything that is not a string, name, body or comment is one character. */
const endOfToken = (text: string, at: number): number => {
  const character = text[at] ?? ""
  if (character === "-" && text[at + 1] === "-") return indexOr(text.indexOf("\n", at), text)
  if (character === "/" && text[at + 1] === "*") return endOfComment(text, at)
  if (character === "'") return endOfQuoted(text, at, /e/i.test(text[at - 1] ?? "") && !/\w/.test(text[at - 2] ?? ""))
  if (character === '"') return endOfQuoted(text, at, false)
  // A dollar inside of a name opens no body.
  if (character === "$" && !/\w/.test(text[at - 1] ?? "")) {
    const tag = /^\$(?:[A-Za-z_]\w*)?\$/.exec(text.slice(at, at + 66))?.[0]
    if (tag !== undefined) {
      const close = text.indexOf(tag, at + tag.length)
      return close < 0 ? text.length : close + tag.length
    }
  }
  return at + 1
}

const indexOr = (index: number, text: string): number => (index < 0 ? text.length : index)

/** A quote inside is doubled; in E'' strings it may follow a backslash. */
const endOfQuoted = (text: string, at: number, hasEscapes: boolean): number => {
  const quote = text[at]
  for (let index = at + 1; index < text.length; index++) {
    if (hasEscapes && text[index] === "\\") index++
    else if (text[index] === quote) {
      if (text[index + 1] !== quote) return index + 1
      index++
    }
  }
  return text.length
}

/** Block comments nest. */
const endOfComment = (text: string, at: number): number => {
  let depth = 0
  for (let index = at; index < text.length; index++) {
    if (text.startsWith("/*", index)) {
      depth++
      index++
    } else if (text.startsWith("*/", index)) {
      depth--
      index++
      if (depth === 0) return index + 1
    }
  }
  return text.length
}
