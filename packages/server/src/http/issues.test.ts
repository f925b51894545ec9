/** What a caller reads who got a field wrong: never a name that only our code has. */
import { assert, it } from "@effect/vitest"
import { AlertTrigger } from "@v-insight/domain/model/AlertRule"
import { AssertionOperator, AssertionSeverity } from "@v-insight/domain/model/Assertion"
import { Result, Schema } from "effect"
import { issuesOf } from "./issues.ts"

const decode = Schema.decodeUnknownResult(
  Schema.Struct({ trigger: AlertTrigger, operator: AssertionOperator, severity: AssertionSeverity })
)

it("says what may stand there", () => {
  const found = decode({ trigger: "x", operator: 7, severity: null }, { errors: "all" })
  const issues = Result.isFailure(found) ? issuesOf(found.failure.issue) : []
  assert.deepStrictEqual(
    issues.map(({ path, message }) => [path, message.split(" ").slice(0, 2).join(" ")]),
    [
      ["trigger", "Write down:"],
      ["operator", "Write how"],
      ["severity", "Write down"]
    ]
  )
})
