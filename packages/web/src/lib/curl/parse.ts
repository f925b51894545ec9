/**
 * A pasted curl command as settings of an http monitor. What cannot be followed is named, never dropped in silence: a
 * check that sends something else than the command would be believed for the wrong reason.
 */
import { longName, type Meaning, meaningOf } from "./options.ts"
import { type Pasted, Request } from "./request.ts"
import { wordsOf } from "./words.ts"

/** Browsers copy whole bodies. */
const maxLength = 200_000

export const isCurl = (text: string): boolean => /^\s*(?:\$\s+)?(?:[/.~]\S*\/)?curl(?:\.exe)?\s/.test(text)

export const parseCurl = (text: string): Pasted => {
  const failed = (problem: string): Pasted => ({ problems: [problem], ignored: [] })
  if (text.length > maxLength) return failed("This command is too long.")
  if (!isCurl(text)) return failed("A command begins with curl.")
  const { problem, words } = wordsOf(text.trim().replace(/^\$\s+/, ""))
  if (problem !== undefined) return failed(problem)
  const request = new Request()
  let isOver = false
  for (let at = 1; at < words.length; at++) {
    const word = words[at]!
    if (isOver || word === "-" || !word.startsWith("-")) request.url(word)
    else if (word === "--") isOver = true
    else {
      const taken = word.startsWith("--")
        ? takeLong(request, word, words[at + 1])
        : takeShort(request, word, words[at + 1])
      if (taken === "stop") break
      if (taken === "next") at++
    }
  }
  return request.finish()
}

/** Whether the option used the word after it; "stop" when it cannot be told where the next option begins. */
type Taken = "alone" | "next" | "stop"

const takeLong = (request: Request, word: string, next: string | undefined): Taken => {
  const meaning = meaningOf(word.slice(2))
  if (meaning === undefined) return unknown(request, word)
  if (!meaning.takes) return (request.option(word, meaning, ""), "alone")
  return withValue(request, word, meaning, next)
}

/** `-sSL`, `-XPOST` and `-X POST`. */
const takeShort = (request: Request, word: string, next: string | undefined): Taken => {
  for (let at = 1; at < word.length; at++) {
    const option = `-${word[at]!}`
    const meaning = meaningOf(longName(word[at]!) ?? "")
    if (meaning === undefined) return unknown(request, option)
    if (meaning.takes) {
      const rest = word.slice(at + 1)
      if (rest === "") return withValue(request, option, meaning, next)
      request.option(option, meaning, rest)
      return "alone"
    }
    request.option(option, meaning, "")
  }
  return "alone"
}

const withValue = (request: Request, option: string, meaning: Meaning, value: string | undefined): Taken => {
  if (value === undefined) return (request.problem(`The option ${option} needs a value.`), "stop")
  request.option(option, meaning, value)
  return "next"
}

/** Whether a word that follows is its value cannot be known, so that nothing after it is read. */
const unknown = (request: Request, option: string): Taken => {
  request.problem(`The option ${option} is not known here: leave it out, and what belongs to it.`)
  return "stop"
}
