import type { ListedMonitor } from "@v-insight/domain/api/Monitors"
import { expect, it } from "vitest"
import { rowOf } from "./listed.ts"

const monitor = {
  id: "x",
  name: "Shop",
  type: "http",
  settings: { url: "https://shop.example/health", headers: { "x-key": "secret" } },
  tags: ["eu"],
  paused: false,
  status: "up",
  statusSince: null,
  lastCheckedAt: null,
  lastCheck: null
} as unknown as ListedMonitor

it("a row carries what it shows, and no settings", () => {
  const day = { up: 10, degraded: 0, down: 0, unknown: 0, maintenance: 0 }
  const history = {
    sparkline: [100, null],
    failures: [0, 1],
    bars: [day, { ...day, up: 0, unknown: 10 }],
    uptime30d: 1,
    coverage30d: 0.5,
    p95_24h: 120_000
  }
  const row = rowOf({ ...monitor, history })
  expect(row).toMatchObject({ host: "shop.example/health", days: "u9-0", hours: "u!", uptime: 1, coverage: 0.5 })
  expect(JSON.stringify(row)).not.toContain("secret")
})

it("a row without history is a row", () => {
  expect(rowOf(monitor)).toMatchObject({ days: "", hours: "", uptime: null, coverage: null, p95: null })
})
