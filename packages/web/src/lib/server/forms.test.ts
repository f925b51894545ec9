import { describe, expect, it } from "vitest"
import { list, texts, trimmed } from "./forms.ts"
import { safeNext, signInUrl } from "./signIn.ts"

describe("after signing in", () => {
  it.each([
    ["/monitors/1?tab=a", "/monitors/1?tab=a"],
    [null, "/monitors"],
    ["https://evil.example", "/monitors"],
    ["//evil.example", "/monitors"],
    ["/\\evil.example", "/monitors"],
    ["/\t/evil.example", "/monitors"],
    ["javascript:alert(1)", "/monitors"]
  ])("%j leads to %s", (next, path) => {
    expect(safeNext(next)).toBe(path)
  })
})

describe("signing in", () => {
  it("comes back to the page that asked for it", () => {
    expect(signInUrl(new URL("http://v.example/"))).toBe("/login")
    expect(signInUrl(new URL("http://v.example/monitors?status=down&/pause="))).toBe(
      "/login?next=%2Fmonitors%3Fstatus%3Ddown"
    )
  })
})

describe("fields", () => {
  it("come as text", () => {
    const form = new FormData()
    form.set("name", "  Checkout ")
    form.set("tags", "a, b\n a,,")
    form.append("id", "1")
    form.append("id", "2")
    form.append("id", new Blob(["x"]))
    expect(trimmed(form, "name")).toBe("Checkout")
    expect(trimmed(form, "absent")).toBe("")
    expect(list(form, "tags")).toEqual(["a", "b"])
    expect(texts(form, "id")).toEqual(["1", "2"])
  })
})
