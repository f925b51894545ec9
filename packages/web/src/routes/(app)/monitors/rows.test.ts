import type { Monitor } from "@v-insight/domain/model/Monitor"
import { describe, expect, it } from "vitest"
import { grouped, listUrl, tagsOf, worst } from "./rows.ts"

const monitor = (name: string, status: Monitor["status"], more: Partial<Monitor> = {}) =>
  ({ id: name, name, status, statusSince: null, lastCheck: null, tags: [], ...more }) as unknown as Monitor

describe("the list", () => {
  it("groups by what it asks of the reader, worst first, then by name", () => {
    const list = grouped([
      monitor("b", "up"),
      monitor("A", "up"),
      monitor("paused", "paused"),
      monitor("slow", "degraded"),
      monitor("broken", "down"),
      monitor("new", "pending")
    ])
    expect(list.map(({ title, monitors }) => [title, monitors.map(({ name }) => name)])).toEqual([
      ["2 need you", ["broken", "slow"]],
      ["1 planned or paused", ["paused"]],
      ["3 fine", ["new", "A", "b"]]
    ])
    expect(grouped([])).toEqual([])
  })

  it("names the longest outage", () => {
    const now = Date.parse("2026-11-21T12:03:10Z")
    const list = [
      monitor("Labels", "down", { statusSince: "2026-11-21T11:59:00Z" }),
      monitor("Checkout", "down", { statusSince: "2026-11-21T11:37:00Z" }),
      monitor("Old", "up", { statusSince: "2026-01-01T00:00:00Z" })
    ]
    expect(worst(list, now)).toBe("Checkout has been down for 26 minutes.")
    expect(worst([], now)).toBeUndefined()
  })

  it("offers the tags in sight", () => {
    expect(tagsOf([monitor("a", "up", { tags: ["web", "eu"] }), monitor("b", "up", { tags: ["eu"] })])).toEqual([
      "eu",
      "web"
    ])
  })
})

describe("filters", () => {
  it("are in the URL; changing one starts at the first page", () => {
    const present = new URLSearchParams("q=pay&page=3&/pause=&flash=x")
    expect(listUrl(present, { status: "down" })).toBe("/monitors?q=pay&status=down")
    expect(listUrl(present, { page: "2" })).toBe("/monitors?q=pay&page=2")
    expect(listUrl(present, { q: undefined })).toBe("/monitors")
  })
})
