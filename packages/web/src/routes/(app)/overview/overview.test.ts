import { expect, it } from "vitest"
import { overviewLine } from "./overview.ts"

const plain = (text: string | undefined) => text?.replaceAll("\u00a0", " ")

it("says how the workspace was, and nothing when nothing was seen", () => {
  const board = { incidents24h: 0, incidents30d: 14, uptime30d: { uptime: 0.99958, coverage: 0.9987 } }
  expect(plain(overviewLine(board))).toBe(
    "99.95 % over 30 days, 99.8 % observed, 14 incidents; none in the last 24 hours."
  )
  expect(plain(overviewLine({ ...board, incidents24h: 1, incidents30d: 1 }))).toBe(
    "99.95 % over 30 days, 99.8 % observed, 1 incident; 1 in the last 24 hours."
  )
  expect(plain(overviewLine({ ...board, incidents30d: 0 }))).toBe("99.95 % over 30 days, 99.8 % observed, no incident.")
  expect(overviewLine({ ...board, uptime30d: { uptime: null, coverage: 0 } })).toBeUndefined()
})
