/** What an inverted monitor makes of what a check found. */
import { assert, it } from "@effect/vitest"
import { type CheckOutcome, type CheckStatus, noTimings } from "../model/CheckOutcome.ts"
import { invert } from "./invert.ts"

const outcome = (status: CheckStatus, code: string | null): CheckOutcome => ({
  status,
  timings: noTimings,
  httpStatus: 200,
  error: code === null ? null : { code, message: "" },
  certificate: null,
  address: "192.0.2.1",
  attempts: 1,
  detail: null
})

it.each<[CheckStatus, string | null, CheckStatus, string | null]>([
  ["up", null, "down", "inverted_up"],
  ["degraded", "assertion_failed", "down", "inverted_up"],
  ["down", "connection_refused", "up", null],
  ["down", "dns_failed", "up", null],
  ["down", "unexpected_status", "up", null],
  ["down", "assertion_failed", "up", null],
  ["down", "blocked", "down", "blocked"],
  ["down", "private_name", "down", "private_name"],
  ["down", "invalid_request", "down", "invalid_request"],
  ["down", "tls_settings", "down", "tls_settings"],
  ["unknown", "worker_exhausted", "unknown", "worker_exhausted"],
  ["unknown", "invalid_settings", "unknown", "invalid_settings"]
])("%s (%s) is %s (%s)", (status, code, inverted, error) => {
  const { error: found, status: became, ...rest } = invert(outcome(status, code))
  assert.strictEqual(became, inverted)
  assert.strictEqual(found?.code ?? null, error)
  const { error: _, status: __, ...unchanged } = outcome(status, code)
  assert.deepStrictEqual(rest, unchanged)
})
