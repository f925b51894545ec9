/** What a step sends and what it takes from the answer. Sentences never tell a value. */
import { Effect, Result } from "effect"
import type { CheckError } from "../model/CheckOutcome.ts"
import { lookUp, parseJson, parseJsonPath } from "../rules/jsonPath.ts"
import { firstMatch } from "../rules/pattern.ts"
import { fillIn } from "../rules/template.ts"
import type { ExchangeRequest } from "./Dialer.ts"
import { Effort } from "./Effort.ts"
import { headerProblem } from "./fields/Headers.ts"
import { urlProblem } from "./fields/HttpUrl.ts"
import { type Extraction, maxValueLength, type Step } from "./fields/Steps.ts"
import { type HttpResponse, textOf } from "./httpAnswer.ts"
import { defaultHeaders } from "./redirects.ts"

/** With all values in their places, UTF-16 code units. */
const maxUrlLength = 8192
const maxHeaderLength = 8192
const maxBodyLength = 256 * 1024

export type Values = ReadonlyMap<string, string>

export const fillStep = (
  step: Step,
  values: Values
): Result.Result<Pick<ExchangeRequest, "url" | "method" | "headers" | "body">, CheckError> => {
  const url = fillIn(step.url, values, maxUrlLength, (value) => encodeURIComponent(value.toWellFormed()))
  if (url === undefined || urlProblem(url) !== undefined) return unusable("The URL becomes too long or unusable")
  const headers: Array<readonly [string, string]> = []
  for (const [name, template] of Object.entries(step.headers)) {
    const value = fillIn(template, values, maxHeaderLength)
    if (value === undefined) return unusable(`The header "${name}" becomes too long`)
    if (headerProblem({ [name]: value }) !== undefined) {
      return unusable(`The header "${name}" gets a line break or a character HTTP cannot carry`)
    }
    headers.push([name, value])
  }
  const body = step.body == null ? null : fillIn(step.body, values, maxBodyLength)
  if (body === undefined) return unusable("The body becomes longer than 256 KB")
  return Result.succeed({
    url: new URL(url),
    method: step.method,
    headers: [...defaultHeaders(headers), ...headers],
    body: body === null ? undefined : new TextEncoder().encode(body)
  })
}

const unusable = (what: string) =>
  Result.fail<CheckError>({ code: "unusable_value", message: `${what} with the values that are put into it.` })

/** Puts the values of a step's answer into `values`; which one is missing, if any. */
export const extractAll = Effect.fnUntraced(function* (
  extractions: ReadonlyArray<Extraction>,
  response: HttpResponse,
  values: Map<string, string>
): Effect.fn.Return<CheckError | undefined> {
  const effort = yield* Effort
  const text = extractions.some(({ from }) => from === "json" || from === "body") ? textOf(response) : ""
  const json = extractions.some(({ from }) => from === "json") ? parseJson(text) : undefined
  let problem: string | undefined
  for (const extraction of extractions) {
    const { from, name, property = "" } = extraction
    const value = yield* effort(() => valueOf(extraction, response, text, json))
    if (value === undefined || value === "") {
      problem ??= `Nothing was found for {{${name}}} in the ${places[from]}${property === "" ? "" : ` ${property}`}.`
    } else if (value.length > maxValueLength) problem ??= `What was found for {{${name}}} is longer than 4 KB.`
    else values.set(name, value)
  }
  return problem === undefined ? undefined : { code: "extraction_failed", message: problem }
})

const places: Readonly<Record<Extraction["from"], string>> = {
  json: "JSON at",
  header: "header",
  cookie: "cookie",
  body: "body by the pattern",
  status: "status"
}

const valueOf = (
  { from, property = "" }: Extraction,
  { headers, status }: HttpResponse,
  text: string,
  json: ReturnType<typeof parseJson>
): string | undefined => {
  switch (from) {
    case "status":
      return String(status)
    case "header":
      return headers.find(([name]) => name === property.toLowerCase())?.[1]
    case "cookie":
      return headers
        .filter(([name]) => name === "set-cookie")
        .map(([, value]) => value.split(";", 1)[0]!)
        .findLast((pair) => pair.slice(0, pair.indexOf("=")).trim() === property)
        ?.replace(/^[^=]*=/, "")
        .trim()
    case "body":
      return firstMatch(property, text)
    case "json": {
      const path = parseJsonPath(property)
      const there = json === undefined || Result.isFailure(path) ? undefined : lookUp(json.value, path.success)
      if (there?.value == null) return undefined
      return typeof there.value === "string" ? there.value : JSON.stringify(there.value)
    }
  }
}
