import { expect, it } from "vitest"
import { pieces } from "./said.ts"

it("finds instants in sentences", () => {
  expect(pieces("Held until 2026-11-21 22:00 UTC: the channel has quiet hours.")).toEqual([
    "Held until ",
    { at: "2026-11-21T22:00Z" },
    ": the channel has quiet hours."
  ])
  expect(pieces("2026-10-20 15:03:00 UTC, then 2026-10-20 15:08:00 UTC")).toEqual([
    { at: "2026-10-20T15:03:00Z" },
    ", then ",
    { at: "2026-10-20T15:08:00Z" }
  ])
})

it("leaves what is none, and what names another zone", () => {
  for (const text of ["The status is 503.", "Due at 2026-11-16 01:00:00 Europe/Berlin.", "It is 2026-13-41 22:00 UTC."])
    expect(pieces(text)).toEqual([text])
  for (const text of ["It is 2026-02-31 10:00 UTC.", "Until 2026-11-21 24:00 UTC."])
    expect(pieces(text)).toEqual([text])
  expect(pieces("")).toEqual([])
})
