import { expect, it } from "vitest"
import { pieces } from "./said.ts"

it("finds instants in sentences", () => {
  expect(pieces("Held until 2026-11-21 22:00 UTC: the channel has quiet hours.")).toEqual([
    "Held until ",
    "2026-11-21T22:00Z",
    ": the channel has quiet hours."
  ])
  expect(pieces("2026-10-20 15:03:00 UTC, then 2026-10-20 15:08:00 UTC")).toEqual([
    "",
    "2026-10-20T15:03:00Z",
    ", then ",
    "2026-10-20T15:08:00Z",
    ""
  ])
})

it("leaves what is none, and what names another zone", () => {
  for (const text of [
    "",
    "The status is 503.",
    "Due at 2026-11-16 01:00:00 Europe/Berlin.",
    "It is 2026-13-41 22:00 UTC.",
    "It is 2026-12-31 24:00 UTC.",
    "It is 2026-12-31 23:59:60 UTC."
  ])
    expect(pieces(text)).toEqual([text])
})

it("finds only what a clock can show", () => {
  for (const day of ["2026-02-31", "2026-01-01", "2026-12-31"])
    for (const time of ["00:00", "09:59:59", "19:30", "23:59:59"])
      expect(Date.parse(pieces(`${day} ${time} UTC`)[1] ?? "")).not.toBeNaN()
})
