import { assert, it } from "@effect/vitest"
import { Schema } from "effect"
import { cpuNow } from "../testing/cpuNow.ts"
import { Email } from "./User.ts"

const isEmail = Schema.is(Email)

it("An e-mail has one @ and no blanks", () => {
  for (const good of ["ann@example.org", "a+b@mail.example.co.uk", "root@localhost", "zoë@münchen.example"]) {
    assert.isTrue(isEmail(good), good)
  }
  for (const bad of ["", "ann", "@example.org", "ann@", "ann@x", "a@b@c.org", "a n@example.org", "ann@exam ple.org"]) {
    assert.isFalse(isEmail(bad), bad)
  }
})

it("Anybody may send a long one: refusing it takes no time", () => {
  const started = cpuNow()
  for (const end of ["", " ", "@"]) assert.isFalse(isEmail(`ann@${"x".repeat(1_000_000)}${end}`))
  assert.isBelow(cpuNow() - started, 1000)
})
