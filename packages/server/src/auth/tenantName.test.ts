import { assert, it } from "@effect/vitest"
import { tenantNameOf } from "./tenantName.ts"

it.each([
  ["ann@acme.org", "Acme"],
  ["ann@mail.acme.co.uk", "Acme"],
  ["ann@acme.co.uk", "Acme"],
  ["ann@Gmail.com", "Ann"],
  ["ann@localhost", "Localhost"],
  ["ann@x.", "X"]
])("%s starts with the workspace %s", (email, name) => {
  assert.strictEqual(tenantNameOf(email), name)
})
