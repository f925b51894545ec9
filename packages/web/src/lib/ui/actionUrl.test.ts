import { expect, it } from "vitest"
import { actionUrl } from "./actionUrl.ts"

it("keeps filters, not the action before", () => {
  expect(actionUrl(new URLSearchParams(), "pause")).toBe("?/pause")
  expect(actionUrl(new URLSearchParams("/resume=&q=a b&status=down"), "pause")).toBe("?/pause&q=a+b&status=down")
})
