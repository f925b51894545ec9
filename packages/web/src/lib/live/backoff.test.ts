import { expect, it } from "vitest"
import { backoffMs } from "./backoff.ts"

it("doubles with jitter up to 30 s", () => {
  expect([0, 1, 2, 6, 7, 50].map((failures) => backoffMs(failures, 1))).toEqual([
    250, 500, 1000, 16_000, 30_000, 30_000
  ])
  expect(backoffMs(7, 0)).toBe(15_000)
})
