/** Lets `assert.deepStrictEqual` and `expect` compare Effect's values by what they mean. */
import { addEqualityTesters } from "@effect/vitest"

addEqualityTesters()
