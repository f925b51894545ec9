/** The requests of a steps monitor, and what is taken from one answer into the next request. */
import { Effect, Result, Schema } from "effect"
import { parseJsonPath } from "../../rules/jsonPath.ts"
import { patternProblem } from "../../rules/pattern.ts"
import { fillAll, namesIn, templateName } from "../../rules/template.ts"
import { assertionsOf } from "./Assertions.ts"
import { ExpectedStatus } from "./ExpectedStatus.ts"
import { Headers } from "./Headers.ts"
import { maxUrlLength, urlLength, urlProblem } from "./HttpUrl.ts"
import { httpAssertionSources } from "./HttpWay.ts"
import { Method } from "./Method.ts"

const maxSteps = 10
const maxExtractions = 10
const maxVariables = 20
/** Of one value, in UTF-16 code units. */
export const maxValueLength = 4096

const nameProblem = (name: string): string | true =>
  templateName.test(name) || "A name is made of letters, digits, - and _, and begins with a letter"

/** Whatever stands for the names has no say in where the request goes: secrets would go with it. */
const templateUrlProblem = (template: string): string | true => {
  if (template.length > maxUrlLength) return true
  const [one, other] = ["x1", "x2"].map((value) => fillAll(template, value))
  return URL.parse(one!)?.origin === URL.parse(other!)?.origin
    ? (urlProblem(one!) ?? true)
    : "Write scheme and host themselves: {{names}} may stand in the path and in the query"
}

const Extraction = Schema.Struct({
  // Last the length: JSON Schema keeps what is said of a field with the last check that it can express.
  name: Schema.String.check(Schema.makeFilter(nameProblem), Schema.isMaxLength(64)).annotate({
    title: "Name",
    description: "Later steps write {{name}} where the value is to stand."
  }),
  from: Schema.Literals(["json", "header", "cookie", "body", "status"]).annotate({ title: "Take it from" }),
  property: Schema.optionalKey(
    Schema.String.check(Schema.isMaxLength(500)).annotate({
      title: "Path, name or pattern",
      description: "A JSON path, the name of a header or cookie, or a regular expression: its first group is taken."
    })
  )
}).check(
  Schema.makeFilter((extraction) => {
    const issue = propertyProblem(extraction)
    return issue === undefined || { path: ["property"], issue }
  })
)
export type Extraction = typeof Extraction.Type

const propertyProblem = ({ from, property = "" }: typeof Extraction.Type): string | undefined => {
  switch (from) {
    case "json":
      return Result.match(parseJsonPath(property), { onFailure: (sentence) => sentence, onSuccess: () => undefined })
    case "header":
    case "cookie":
      return /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(property) ? undefined : `Write the name of the ${from}`
    case "body":
      return patternProblem(property)
    case "status":
      return property === "" ? undefined : "The status has no property: leave it out"
  }
}

const Step = Schema.Struct({
  name: Schema.Trimmed.check(Schema.isBetweenLength(1, 80)).annotate({
    title: "Name",
    description: "What the step does, such as Log in."
  }),
  method: Method.pipe(Schema.withDecodingDefaultKey(Effect.succeed("GET"))),
  url: Schema.String.check(Schema.makeFilter(templateUrlProblem), urlLength).annotate({
    title: "URL",
    description: "{{names}} in the path and in the query are percent-encoded."
  }),
  headers: Headers.annotate({ title: "Headers", description: "{{names}} may stand in values." }).pipe(
    Schema.withDecodingDefaultKey(Effect.succeed({}))
  ),
  body: Schema.optionalKey(
    Schema.NullOr(Schema.String.check(Schema.isMaxLength(64 * 1024))).annotate({
      title: "Body",
      description: "Sent in UTF-8. {{names}} are replaced as they are: nothing is escaped for JSON."
    })
  ),
  expectedStatus: ExpectedStatus.annotate({
    title: "Expected status",
    description: "A status such as 200, a range such as 200-299, 2xx, or several with commas."
  }).pipe(Schema.withDecodingDefaultKey(Effect.succeed("200-299"))),
  assertions: assertionsOf(httpAssertionSources),
  followRedirects: Schema.Boolean.annotate({
    title: "Follow redirects",
    description: "Switch it off to take something from the answer that redirects, such as the cookie of a login."
  }).pipe(Schema.withDecodingDefaultKey(Effect.succeed(true))),
  extract: Schema.Array(Extraction)
    .check(Schema.isMaxLength(maxExtractions, { message: `At most ${maxExtractions} values of one step` }))
    .annotate({ title: "Take from the answer", description: "Values that later steps send as {{name}}." })
    .pipe(Schema.withDecodingDefaultKey(Effect.succeed([])))
})
export type Step = typeof Step.Type

export const Steps = Schema.Array(Step)
  .check(
    Schema.isMinLength(1, { message: "Add a step" }),
    Schema.isMaxLength(maxSteps, { message: `At most ${maxSteps} steps` })
  )
  .annotate({
    title: "Steps",
    description: "Requests in order; the first one that fails ends the check. Cookies are not kept: take and send them."
  })

export const Variables = Schema.Record(Schema.String, Schema.String.check(Schema.isMaxLength(maxValueLength))).check(
  Schema.makeFilter((variables: Readonly<Record<string, string>>) => {
    const name = Object.keys(variables).find((name) => nameProblem(name) !== true)
    return name === undefined || { path: [name], issue: String(nameProblem(name)) }
  }),
  Schema.isMaxProperties(maxVariables)
)

interface Journey {
  readonly steps: ReadonlyArray<Step>
  readonly variables?: Readonly<Record<string, string>> | null
}

/** Of all steps together: each of them is kept with a check that is not up. */
const maxAssertions = 20

export const assertionsProblem = ({ steps }: Journey): Schema.FilterOutput =>
  steps.reduce((sum, { assertions }) => sum + assertions.length, 0) <= maxAssertions || {
    path: ["steps"],
    issue: `At most ${maxAssertions} assertions in all steps together`
  }

/** A name must be a variable, or taken from an earlier step. */
export const namesProblem = ({ steps, variables }: Journey): ReadonlyArray<Schema.FilterIssue> => {
  const known = new Set(Object.keys(variables ?? {}))
  return steps.flatMap((step, index) => {
    const issues = templatesOf(step).flatMap(([path, template]) =>
      namesIn(template)
        .filter((name) => !known.has(name))
        .slice(0, 1)
        .map((name) => ({ path: ["steps", index, ...path], issue: unknownName(name) }))
    )
    for (const { name } of step.extract) known.add(name)
    return issues
  })
}

const templatesOf = ({ body, headers, url }: Step): ReadonlyArray<readonly [path: ReadonlyArray<string>, string]> => [
  [["url"], url],
  ...Object.entries(headers).map(([name, value]) => [["headers", name], value] as const),
  ...(body == null ? [] : [[["body"], body] as const])
]

const unknownName = (name: string): string =>
  templateName.test(name)
    ? `{{${name}}} is neither a variable nor taken from an earlier step`
    : "Between {{ and }} stands a name of letters, digits, - and _"
