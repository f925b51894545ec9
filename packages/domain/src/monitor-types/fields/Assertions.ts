/** `settings.assertions`: what must be true of the answer. */
import { Effect, Schema } from "effect"
import { AssertionOperator, AssertionSeverity, type AssertionSource } from "../../model/Assertion.ts"
import { assertionProblem } from "../../rules/assertionProblem.ts"

const maxAssertions = 20

/** For a kind of check that can fill these sources. */
export const assertionsOf = <const Sources extends readonly [AssertionSource, ...ReadonlyArray<AssertionSource>]>(
  sources: Sources
) =>
  Schema.Array(
    Schema.Struct({
      source: Schema.Literals(sources).annotate({ title: "What" }),
      property: Schema.optionalKey(
        Schema.String.check(Schema.isMaxLength(500)).annotate({
          title: "Name or path",
          description: "The name of a header, or a JSON path such as $.items[0].state."
        })
      ),
      operator: AssertionOperator.annotate({ title: "Comparison" }),
      expected: Schema.optionalKey(
        Schema.Union([Schema.Finite, Schema.String.check(Schema.isMaxLength(1000))]).annotate({
          title: "Expected",
          description: "A number, a text, or a regular expression (RE2 syntax). Times in milliseconds."
        })
      ),
      severity: AssertionSeverity.annotate({
        title: "If not met",
        description: "The monitor is down, or degraded."
      }).pipe(Schema.withDecodingDefaultKey(Effect.succeed("down" as const)))
    }).check(
      Schema.makeFilter((assertion) => {
        const problem = assertionProblem(assertion)
        return problem === undefined || { path: [problem.field], issue: problem.sentence }
      })
    )
  )
    .check(Schema.isMaxLength(maxAssertions, { message: `At most ${maxAssertions} assertions` }))
    .annotate({ title: "Assertions", description: "What must be true of the answer beyond that it came." })
    .pipe(Schema.withDecodingDefaultKey(Effect.succeed([])))
