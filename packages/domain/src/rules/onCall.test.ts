import { assert, describe, it } from "@effect/vitest"
import { DateTime, Schema } from "effect"
import { Weekday } from "../model/ActiveHours.ts"
import type { OnCallOverrideId } from "../model/OnCallSchedule.ts"
import type { UserId } from "../model/User.ts"
import { cpuNow } from "../testing/cpuNow.ts"
import { gapsOf, type Layer, longestRangeMs, onCallAt, type OnCallPerson, onCallSpans, type Rota } from "./onCall.ts"
import { onCallReasons } from "./onCallReasons.ts"

const hour = 3_600_000
const day = 24 * hour
const at = (text: string): number => DateTime.makeUnsafe(text).epochMilliseconds
const iso = (instant: number): string => DateTime.formatIso(DateTime.makeUnsafe(instant))

const person = (name: string): OnCallPerson => ({ userId: name as UserId, email: `${name}@acme.example` })
const [ana, ben, eva] = [person("ana"), person("ben"), person("eva")]
const people = [ana, ben, eva, person("ida"), null]

const layer = (fields: Partial<Layer>): Layer => ({
  name: "Primary",
  people: [ana, ben],
  startsAt: at("2026-01-05T08:00:00Z"),
  turn: { unit: "week", count: 1 },
  hours: null,
  ...fields
})
const rota = (timeZone: string, ...layers: ReadonlyArray<Layer>): Rota => ({ timeZone, layers, overrides: [] })
const standIn = (name: string, from: string, to: string, who = eva) => ({
  id: name as OnCallOverrideId,
  person: who,
  startsAt: at(from),
  endsAt: at(to)
})
const told = (rotaOf: Rota, from: string, to: string) =>
  onCallSpans(rotaOf, at(from), at(to)).map((span) => [
    iso(span.from).slice(0, 16),
    iso(span.to).slice(0, 16),
    span.who?.person.userId ?? null
  ])

describe("turns", () => {
  it("of a week begin on the same wall time before and after clocks change", () => {
    const weekly = layer({ startsAt: at("2026-03-16T08:00:00Z") })
    assert.deepStrictEqual(told(rota("Europe/Berlin", weekly), "2026-03-16T08:00:00Z", "2026-04-13T00:00:00Z"), [
      ["2026-03-16T08:00", "2026-03-23T08:00", "ana"],
      ["2026-03-23T08:00", "2026-03-30T07:00", "ben"],
      ["2026-03-30T07:00", "2026-04-06T07:00", "ana"],
      ["2026-04-06T07:00", "2026-04-13T00:00", "ben"]
    ])
  })

  it("of twelve hours stay at nine and nine, where clocks change by half an hour, too", () => {
    // Lord Howe goes from +11:00 to +10:30 on 5 April 2026 at 02:00.
    const half = layer({ startsAt: at("2026-04-02T22:00:00Z"), turn: { unit: "hour", count: 12 } })
    assert.deepStrictEqual(told(rota("Australia/Lord_Howe", half), "2026-04-03T22:00:00Z", "2026-04-05T22:00:00Z"), [
      ["2026-04-03T22:00", "2026-04-04T10:00", "ana"],
      ["2026-04-04T10:00", "2026-04-04T22:30", "ben"],
      ["2026-04-04T22:30", "2026-04-05T10:30", "ana"],
      ["2026-04-05T10:30", "2026-04-05T22:00", "ben"]
    ])
  })

  it("that begin in the hour that is left out begin when the clock is set; in the one that comes twice, the first time", () => {
    const daily = layer({ startsAt: at("2026-03-01T01:30:00Z"), turn: { unit: "day", count: 1 } })
    const berlin = rota("Europe/Berlin", daily)
    const begin = (from: string, to: string) => told(berlin, from, to).map(([since]) => since)
    assert.deepStrictEqual(begin("2026-03-28T12:00:00Z", "2026-03-29T12:00:00Z").at(1), "2026-03-29T01:00")
    assert.deepStrictEqual(begin("2026-10-24T12:00:00Z", "2026-10-25T12:00:00Z").at(1), "2026-10-25T00:30")
  })

  it("of people who have left are nobody's, and the layer below counts", () => {
    const upper = layer({ name: "Upper", people: [eva, null] })
    const both = rota("UTC", layer({ people: [ana] }), upper)
    assert.deepStrictEqual(told(both, "2026-01-05T08:00:00Z", "2026-01-19T08:00:00Z"), [
      ["2026-01-05T08:00", "2026-01-12T08:00", "eva"],
      ["2026-01-12T08:00", "2026-01-19T08:00", "ana"]
    ])
  })

  it("begin with the layer: before it, nobody is on call", () => {
    const later = rota("UTC", layer({ people: [ana] }))
    const spans = onCallSpans(later, at("2026-01-01T00:00:00Z"), at("2026-01-10T00:00:00Z"))
    assert.deepStrictEqual(gapsOf(spans), [{ from: at("2026-01-01T00:00:00Z"), to: at("2026-01-05T08:00:00Z") }])
  })
})

describe("hours", () => {
  const office = layer({
    people: [ana],
    startsAt: at("2026-01-01T00:00:00Z"),
    hours: { timeZone: "UTC", days: ["mon", "tue", "wed", "thu", "fri"], from: 9 * 60, to: 17 * 60 }
  })

  it("are on the schedule's clock, whatever zone they name, and leave gaps", () => {
    assert.deepStrictEqual(told(rota("America/New_York", office), "2026-11-20T12:00:00Z", "2026-11-23T15:00:00Z"), [
      ["2026-11-20T12:00", "2026-11-20T14:00", null],
      ["2026-11-20T14:00", "2026-11-20T22:00", "ana"],
      ["2026-11-20T22:00", "2026-11-23T14:00", null],
      ["2026-11-23T14:00", "2026-11-23T15:00", "ana"]
    ])
  })

  it("that end before they begin reach into the next day", () => {
    const night = layer({ ...office, hours: { timeZone: "UTC", days: ["fri"], from: 22 * 60, to: 6 * 60 } })
    assert.deepStrictEqual(told(rota("UTC", night), "2026-11-20T00:00:00Z", "2026-11-22T00:00:00Z"), [
      ["2026-11-20T00:00", "2026-11-20T22:00", null],
      ["2026-11-20T22:00", "2026-11-21T06:00", "ana"],
      ["2026-11-21T06:00", "2026-11-22T00:00", null]
    ])
  })

  it("from 24:00 to 0:00 are a whole day", () => {
    const saturday = layer({ ...office, hours: { timeZone: "UTC", days: ["fri"], from: 1440, to: 0 } })
    assert.deepStrictEqual(told(rota("UTC", saturday), "2026-11-20T12:00:00Z", "2026-11-23T00:00:00Z"), [
      ["2026-11-20T12:00", "2026-11-21T00:00", null],
      ["2026-11-21T00:00", "2026-11-22T00:00", "ana"],
      ["2026-11-22T00:00", "2026-11-23T00:00", null]
    ])
  })
})

describe("standing in", () => {
  it("counts before all layers, and of several the one that was added last", () => {
    const covered = {
      ...rota("UTC", layer({ people: [ana] })),
      overrides: [
        standIn("one", "2026-02-01T00:00:00Z", "2026-02-03T00:00:00Z"),
        standIn("two", "2026-02-02T00:00:00Z", "2026-02-04T00:00:00Z", ben)
      ]
    }
    assert.deepStrictEqual(told(covered, "2026-02-01T00:00:00Z", "2026-02-05T00:00:00Z"), [
      ["2026-02-01T00:00", "2026-02-02T00:00", "eva"],
      ["2026-02-02T00:00", "2026-02-04T00:00", "ben"],
      ["2026-02-04T00:00", "2026-02-05T00:00", "ana"]
    ])
  })
})

const zones = [
  "UTC",
  "Europe/Berlin",
  "America/New_York",
  "America/St_Johns",
  "Australia/Lord_Howe",
  "Asia/Kathmandu",
  "Pacific/Apia",
  "Africa/Casablanca"
]
const Minute = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 1440 }))
const Instant = Schema.Int.check(
  Schema.isBetween({ minimum: at("2024-01-01T00:00:00Z"), maximum: at("2028-01-01T00:00:00Z") })
)
const Index = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: people.length - 1 }))
const LayerSeed = Schema.Struct({
  people: Schema.Array(Index).check(Schema.isMinLength(1), Schema.isMaxLength(5)),
  startsAt: Instant,
  turn: Schema.Struct({
    unit: Schema.Literals(["hour", "day", "week"]),
    count: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 52 }))
  }),
  hours: Schema.NullOr(
    Schema.Struct({
      timeZone: Schema.Literal("UTC"),
      days: Schema.Array(Weekday).check(Schema.isMinLength(1), Schema.isMaxLength(7), Schema.isUnique()),
      from: Minute,
      to: Minute
    })
  )
})
const Offset = Schema.Int.check(Schema.isBetween({ minimum: -2 * day, maximum: 20 * day }))
const RotaSeed = Schema.Struct({
  timeZone: Schema.Literals(zones),
  layers: Schema.Array(LayerSeed).check(Schema.isMinLength(1), Schema.isMaxLength(4)),
  overrides: Schema.Array(Schema.Struct({ who: Index, after: Offset, lasts: Offset })).check(Schema.isMaxLength(3)),
  from: Instant,
  lasts: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 20 * day })),
  asked: Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 20 * day }))).check(
    Schema.isMaxLength(20)
  )
})

const rotaOf = (seed: typeof RotaSeed.Type): Rota => ({
  timeZone: seed.timeZone,
  layers: seed.layers.map((one, index) => ({
    ...one,
    name: `Layer ${index}`,
    people: one.people.map((who) => people[who]!)
  })),
  overrides: seed.overrides.map(({ after, lasts, who }, index) => ({
    id: String(index) as OnCallOverrideId,
    person: people[who] ?? eva,
    startsAt: seed.from + after,
    endsAt: seed.from + after + Math.abs(lasts) + 1
  }))
})

describe("of any schedule", () => {
  it.prop(
    "spans cover the range one after the other, differ from their neighbours, and say the same as a look at an instant",
    [RotaSeed],
    ([seed]) => {
      const made = rotaOf(seed)
      const [from, to] = [seed.from, seed.from + seed.lasts]
      const spans = onCallSpans(made, from, to)
      assert.strictEqual(spans[0]!.from, from)
      assert.strictEqual(spans.at(-1)!.to, to)
      for (const [index, span] of spans.entries()) {
        assert.isBelow(span.from, span.to)
        if (index > 0) assert.strictEqual(span.from, spans[index - 1]!.to)
        if (index > 0) assert.notDeepEqual(span.who, spans[index - 1]!.who)
      }
      const edges = spans.slice(0, 20).flatMap((span) => [span.from, span.to - 1])
      for (const instant of [...edges, ...seed.asked.map((after) => from + (after % seed.lasts))]) {
        const span = spans.find((one) => one.from <= instant && instant < one.to)!
        assert.deepStrictEqual(onCallAt(made, instant), span.who, iso(instant))
      }
    },
    { arbitrary: { runs: 1_000 } }
  )

  it.prop(
    "whoever stands in is on call for all of the time",
    [RotaSeed],
    ([seed]) => {
      const made = rotaOf(seed)
      for (const { endsAt, startsAt } of made.overrides) {
        for (const instant of [startsAt, Math.floor((startsAt + endsAt) / 2), endsAt - 1]) {
          assert.strictEqual(onCallAt(made, instant)?.source, "override")
        }
      }
    },
    { arbitrary: { runs: 300 } }
  )

  it.prop(
    "a range in two parts is the same as in one",
    [RotaSeed],
    ([seed]) => {
      const made = rotaOf(seed)
      const [from, to] = [seed.from, seed.from + seed.lasts]
      const middle = from + Math.max(1, Math.floor(seed.lasts / 3))
      if (middle >= to) return
      const who = (spans: ReturnType<typeof onCallSpans>, instant: number) =>
        spans.find((one) => one.from <= instant && instant < one.to)?.who
      const whole = onCallSpans(made, from, to)
      const [left, right] = [onCallSpans(made, from, middle), onCallSpans(made, middle, to)]
      for (const { from: edge } of whole) {
        assert.deepStrictEqual(who(edge < middle ? left : right, edge), who(whole, edge))
      }
    },
    { arbitrary: { runs: 300 } }
  )
})

describe("a long look ahead", () => {
  it("at ten layers of turns of an hour over 62 days takes less than 20 ms", () => {
    const layers = Array.from({ length: 10 }, (_, index) =>
      layer({
        name: `Layer ${index}`,
        people: [ana, ben, eva, null],
        turn: { unit: "hour", count: 1 },
        hours: { timeZone: "UTC", days: ["mon", "wed", "sun"], from: index * 60, to: 1300 }
      })
    )
    const big = rota("Europe/Berlin", ...layers)
    const from = at("2026-09-15T00:00:00Z")
    const took = Array.from({ length: 20 }, (_, index) => {
      const began = cpuNow()
      onCallSpans(big, from + index, from + index + longestRangeMs)
      return cpuNow() - began
    })
    assert.isBelow(Math.min(...took), 20)
  })
})

describe("why", () => {
  const reasonsOf = (of: Rota, instant: string) =>
    onCallReasons(of, at(instant)).map(({ code, message }) => `${code}: ${message}`)
  const night = layer({
    name: "Night",
    people: [eva],
    hours: { timeZone: "UTC", days: ["mon"], from: 22 * 60, to: 6 * 60 }
  })
  const both = rota("Europe/Berlin", layer({}), night)

  it("is told of the layers above, then of the one that counts", () => {
    assert.deepStrictEqual(reasonsOf(both, "2026-03-31T12:00:00Z"), [
      "outside_hours: Night has nobody at this time of the week.",
      "layer: It is the turn of ana@acme.example in Primary, from Mon 2026-03-30 09:00 to Mon 2026-04-06 09:00 (Europe/Berlin)."
    ])
    assert.deepStrictEqual(reasonsOf(both, "2026-03-30T22:00:00Z"), [
      "layer: It is the turn of eva@acme.example in Night, from Mon 2026-03-30 09:00 to Mon 2026-04-06 09:00 (Europe/Berlin)."
    ])
  })

  it("says so when nobody is on call", () => {
    assert.deepStrictEqual(reasonsOf(rota("UTC", layer({ people: [null] }), night), "2026-01-06T12:00:00Z"), [
      "outside_hours: Night has nobody at this time of the week.",
      "left: Primary has nobody: whose turn it is has left the workspace.",
      "nobody: Nobody is on call: add a layer for this time, or let somebody stand in."
    ])
    assert.deepStrictEqual(reasonsOf(rota("UTC", layer({})), "2026-01-01T00:00:00Z"), [
      "not_started: Primary begins on Mon 2026-01-05 08:00 (UTC).",
      "nobody: Nobody is on call: add a layer for this time, or let somebody stand in."
    ])
  })

  it("names who stands in", () => {
    const covered = { ...both, overrides: [standIn("one", "2026-02-01T00:00:00Z", "2026-02-03T00:00:00Z")] }
    assert.deepStrictEqual(reasonsOf(covered, "2026-02-02T00:00:00Z"), [
      "override: eva@acme.example stands in until Tue 2026-02-03 01:00 (Europe/Berlin), before all rotations."
    ])
  })
})
