/** A pasted command in words, as bash would cut it (POSIX 2.2 Quoting, and bash's $'...'). Nothing is run or expanded. */

export type Words =
  | { readonly words: ReadonlyArray<string>; readonly problem?: undefined }
  | { readonly problem: string; readonly words?: undefined }

const blanks = " \t\r\n"

export const wordsOf = (command: string): Words => {
  const words: Array<string> = []
  let at = 0
  while (at < command.length) {
    if (blanks.includes(command[at]!)) at++
    else if (isContinued(command, at)) at += lineBreak(command, at + 1) + 1
    else {
      const word = wordAt(command, at)
      if ("problem" in word) return word
      words.push(word.text)
      at = word.end
    }
  }
  return { words }
}

const lineBreak = (text: string, at: number): number =>
  text.startsWith("\r\n", at) ? 2 : text[at] === "\n" || text[at] === "\r" ? 1 : 0

const isContinued = (text: string, at: number): boolean => text[at] === "\\" && lineBreak(text, at + 1) > 0

type Piece = { readonly text: string; readonly end: number } | { readonly problem: string }

const wordAt = (command: string, start: number): Piece => {
  let text = ""
  let at = start
  while (at < command.length && !blanks.includes(command[at]!)) {
    const piece = pieceAt(command, at)
    if ("problem" in piece) return piece
    text += piece.text
    at = piece.end
  }
  return { text, end: at }
}

const pieceAt = (command: string, at: number): Piece => {
  const sign = command[at]!
  switch (sign) {
    case "'":
      return single(command, at + 1)
    case '"':
      return double(command, at + 1)
    case "\\":
      return escaped(command, at)
    case "$":
      if (command[at + 1] === "'") return ansi(command, at + 2)
      if (command[at + 1] === '"') return double(command, at + 2)
      return expansion(command, at) ?? { text: "$", end: at + 1 }
    case "`":
      return { problem: "There is a command in backticks in it: write what it answers." }
    case "^":
      return lineBreak(command, at + 1) > 0 || command[at + 1] === '"'
        ? { problem: "This is a command for Windows: copy it as cURL (bash)." }
        : { text: sign, end: at + 1 }
    case "|":
    case ";":
    case "&":
    case "<":
    case ">":
      return { problem: `Paste one curl command alone: there is ${sign} in it, outside of quotes.` }
    default:
      return { text: sign, end: at + 1 }
  }
}

/** A variable or a command in place of a value; undefined for a `$` that is just one. */
const expansion = (text: string, at: number): { readonly problem: string } | undefined => {
  const name = /^\$(?:\{?(\w+)|\()/.exec(text.slice(at, at + 100))
  if (name === null) return undefined
  return name[1] === undefined
    ? { problem: "There is a command in $( ) in it: write what it answers." }
    : { problem: `There is the variable $${name[1]} in it: write its value.` }
}

const open: Piece = { problem: "A quote is not closed: copy the whole command." }

const single = (text: string, start: number): Piece => {
  const end = text.indexOf("'", start)
  return end === -1 ? open : { text: text.slice(start, end), end: end + 1 }
}

const escaped = (text: string, at: number): Piece => {
  const length = lineBreak(text, at + 1)
  if (length > 0) return { text: "", end: at + 1 + length }
  return { text: text[at + 1] ?? "\\", end: at + 2 }
}

const double = (command: string, start: number): Piece => {
  let text = ""
  for (let at = start; at < command.length;) {
    const sign = command[at]!
    if (sign === '"') return { text, end: at + 1 }
    if (sign === "`") return { problem: "There is a command in backticks in it: write what it answers." }
    if (sign === "$") {
      const found = expansion(command, at)
      if (found !== undefined) return found
    }
    if (sign === "\\" && (isContinued(command, at) || '$`"\\'.includes(command[at + 1] ?? " "))) {
      const piece = escaped(command, at)
      if ("problem" in piece) return piece
      text += piece.text
      at = piece.end
    } else {
      text += sign
      at++
    }
  }
  return open
}

const letters: Readonly<Record<string, string>> = {
  a: "\u0007",
  b: "\b",
  e: "\u001b",
  E: "\u001b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v"
}

/** `$'...'`: browsers copy bodies like this. */
const ansi = (command: string, start: number): Piece => {
  let text = ""
  for (let at = start; at < command.length;) {
    const sign = command[at]!
    if (sign === "'") return { text, end: at + 1 }
    if (sign !== "\\") {
      text += sign
      at++
      continue
    }
    const code = /^\\(?:x([\dA-Fa-f]{1,2})|u([\dA-Fa-f]{1,4})|U([\dA-Fa-f]{1,8})|([0-7]{1,3}))/.exec(
      command.slice(at, at + 10)
    )
    if (code === null) {
      text +=
        letters[command[at + 1] ?? ""] ??
        (`\\'"?`.includes(command[at + 1]!) ? command[at + 1]! : command.slice(at, at + 2))
      at += 2
    } else {
      const octal = code[4]
      const value =
        octal === undefined ? Number.parseInt((code[1] ?? code[2] ?? code[3])!, 16) : Number.parseInt(octal, 8)
      if (value > 0x10ffff) return { problem: "There is a character in it that does not exist." }
      text += String.fromCodePoint(value)
      at += code[0].length
    }
  }
  return open
}
