/**
 * Text that PostgreSQL cannot store: NUL, and halves of surrogate pairs. JSON can spell both. Also JSON nested deeper
 * than anything here has reason to be, which recursive code could stumble over, or of so many parts that telling what is
 * wrong with each takes seconds.
 */
import { ValidationFailed } from "@v-insight/domain/api/Failures"
import { Effect } from "effect"
import type { HttpServerRequest } from "effect/http"

/** Settings are the deepest, with four. */
const maxDepth = 32
/** The longest list, of the monitors of an alert rule, has a thousand. */
const maxParts = 5_000
const message = "Leave out NUL characters and half surrogate pairs"

/** Only escapes can bring them: a raw NUL is not JSON, and UTF-8 has no surrogates. */
const suspicious = /\\u(0000|[dD][89a-fA-F])/

/** The same request; reading its body as text fails when it holds bad text. The failure is a defect to HttpApi. */
export const guarded = (request: HttpServerRequest.HttpServerRequest): HttpServerRequest.HttpServerRequest =>
  Object.create(request, {
    text: {
      get: () =>
        Effect.flatMap(request.text, (text) => {
          const problem = shapeProblem(text)
          if (problem !== undefined) return Effect.die(failed("", problem))
          const path = suspicious.test(text) ? badPath(text) : undefined
          return path === undefined ? Effect.succeed(text) : Effect.die(failed(path, message))
        })
    }
  })

/** The failure of query parameters that hold bad text. */
export const badParameter = (parameters: Readonly<Record<string, string | ReadonlyArray<string>>>) => {
  for (const name in parameters) {
    if (String(parameters[name]).includes("\0")) return failed(name, message)
  }
  return undefined
}

const failed = (path: string, message: string) => new ValidationFailed({ issues: [{ path, message }] })

const shapeProblem = (text: string): string | undefined => {
  if (text.length <= maxDepth) return undefined
  let depth = 0
  let parts = 1
  let isInString = false
  for (let index = 0; index < text.length; index++) {
    const at = text.charCodeAt(index)
    if (at === quote) isInString = !isInString
    else if (isInString) index += at === backslash ? 1 : 0
    else if (at === openBrace || at === openBracket) {
      if (++depth > maxDepth) return `Nest no deeper than ${maxDepth} levels`
    } else if (at === closeBrace || at === closeBracket) depth--
    else if (at === comma && ++parts > maxParts) return `Send no more than ${maxParts} fields and list items`
  }
  return undefined
}

const codeOf = (character: string): number => character.charCodeAt(0)
const [quote, backslash, comma] = [codeOf('"'), codeOf("\\"), codeOf(",")]
const [openBrace, openBracket, closeBrace, closeBracket] = [codeOf("{"), codeOf("["), codeOf("}"), codeOf("]")]

const badPath = (text: string): string | undefined => {
  let found: string | undefined
  // What is not JSON is told by the decoder.
  const look = (value: unknown, path: string): void => {
    if (found !== undefined) return
    if (typeof value === "string") {
      if (isBad(value)) found = path
    } else if (typeof value === "object" && value !== null) {
      for (const [key, inner] of Object.entries(value)) {
        if (isBad(key)) found ??= path
        look(inner, path === "" ? key : `${path}.${key}`)
      }
    }
  }
  const parsed = Effect.runSync(
    Effect.option(Effect.try({ try: () => JSON.parse(text) as unknown, catch: () => undefined }))
  )
  if (parsed._tag === "Some") look(parsed.value, "")
  return found
}

const isBad = (text: string): boolean => text.includes("\0") || !text.isWellFormed()
