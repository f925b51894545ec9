/**
 * Regular expressions that people type, over text that strangers send: RE2's syntax (no backreferences, no lookaround)
 * and its promise that time grows with the text only. Compiled ones are kept, bounded in number and in memory.
 */
import { Result } from "effect"
import { RE2JS } from "re2js"

export const maxPatternLength = 500
/** How much of a text is looked at, in UTF-16 code units. */
export const maxSearchedLength = 64 * 1024
/** Instructions: repeats multiply them, `(a{30}){30}` is 900. */
const maxProgramSize = 1000
/**
 * Instructions times characters of one search at the very worst: 0.3 s. Ordinary patterns (up to about 100
 * instructions) stay below it with any text; large ones see less of it. 40 ns a step, measured with `\pL{1000}\d`.
 */
const maxSteps = 8_000_000

/** Keeping track of groups makes a step so much more expensive: 175 ns, measured with `([ab]*a[ab]{190})`. */
const capturing = 4

/** Compiling costs 50 microseconds, about a tenth of an HTTP check. */
const maxKept = 256
/** A kept pattern's automaton grows with the texts it sees, up to 8 MiB; one beyond about 64 KB is compiled anew. */
const maxKeptSize = 16_384

const kept = new Map<string, RE2JS>()

/** The failure is a sentence for people. */
export const patternProblem = (source: string): string | undefined => {
  if (source === "") return "Write a regular expression"
  if (source.length > maxPatternLength) return `A regular expression may have at most ${maxPatternLength} characters`
  const compiled = compile(source)
  if (Result.isFailure(compiled)) return `This regular expression cannot be read: ${compiled.failure}`
  return compiled.success.programSize() > maxProgramSize
    ? "This regular expression repeats too much: make its counts smaller"
    : undefined
}

/** Whether it occurs anywhere in the text. False for what `patternProblem` refuses. `share`: of how many searches. */
export const occurs = (source: string, text: string, share = 1): boolean => {
  const pattern = kept.get(source) ?? keep(source)
  if (pattern === undefined) return false
  const length = searchedLength(pattern, share)
  const isFound = pattern.test(text.length > length ? text.slice(0, length) : text)
  const states = pattern.re2().lazyDFA?.stateCount ?? 0
  if (states * (pattern.programSize() + 64) > maxKeptSize) kept.delete(source)
  return isFound
}

/** The first group of the first match, or all of it when the pattern has no group. */
export const firstMatch = (source: string, text: string): string | undefined => {
  const pattern = kept.get(source) ?? keep(source)
  if (pattern === undefined || !occurs(source, text, capturing)) return undefined
  const matcher = pattern.matcher(text.slice(0, searchedLength(pattern, capturing)))
  return matcher.find() ? (matcher.group(Math.min(1, pattern.groupCount())) ?? undefined) : undefined
}

const searchedLength = (pattern: RE2JS, share: number): number =>
  Math.min(maxSearchedLength, Math.floor(maxSteps / (pattern.programSize() * Math.max(1, share))))

const keep = (source: string): RE2JS | undefined => {
  if (patternProblem(source) !== undefined) return undefined
  const compiled = Result.getOrUndefined(compile(source))
  if (compiled === undefined) return undefined
  // A Map remembers the order of arrival: the oldest makes room.
  if (kept.size >= maxKept) kept.delete(kept.keys().next().value!)
  kept.set(source, compiled)
  return compiled
}

const compile = (source: string): Result.Result<RE2JS, string> =>
  Result.try({
    try: () => RE2JS.compile(source),
    catch: (error) => (error instanceof Error ? error.message.replace(/^error parsing regexp: /, "") : "")
  })
