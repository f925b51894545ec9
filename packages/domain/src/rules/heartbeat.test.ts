import { assert, describe, it } from "@effect/vitest"
import { Cron, DateTime, Schema } from "effect"
import { cpuNow } from "../testing/cpuNow.ts"
import { dueAfter, type Expectation, judge, type Schedule, type Signals, type Span } from "./heartbeat.ts"

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

const at = (text: string): number => DateTime.makeUnsafe(text).epochMilliseconds
const iso = (millis: number): string => DateTime.formatIso(DateTime.makeUnsafe(millis))

const cron = (line: string, timeZone: string): Schedule => ({ kind: "cron", cron: Cron.parseUnsafe(line, timeZone) })
const daily: Expectation = {
  schedule: { kind: "period", periodMs: day },
  graceMs: hour,
  maxRunMs: undefined
}
const made = at("2026-05-01T00:00:00Z")
const noCalls: Signals = {
  expectedSince: made,
  startedAt: null,
  succeededAt: null,
  failedAt: null,
  outcome: null,
  exitCode: null,
  isStarted: false
}
const succeeded = (succeededAt: number, others: Partial<Signals> = {}): Signals => ({
  ...noCalls,
  succeededAt,
  outcome: "success",
  ...others
})
/** Calls could be received all the time. */
const always = (now: number): ReadonlyArray<Span> => [{ from: 0, to: now }]
const kindAt = (expectation: Expectation, signals: Signals, now: number, reception = always(now)) =>
  judge(expectation, signals, reception, now).kind

describe("a job", () => {
  const last = at("2026-05-10T03:00:00Z")

  it("is awaited until its first call, however long that takes", () => {
    assert.strictEqual(kindAt(daily, noCalls, made + 400 * day), "awaited")
  })

  it("is on time until grace after its period is over, then late since that instant", () => {
    const signals = succeeded(last)
    assert.deepStrictEqual(judge(daily, signals, always(last + day), last + day), {
      kind: "on-time",
      dueAt: last + day,
      lateAt: last + day + hour
    })
    assert.strictEqual(kindAt(daily, signals, last + day + hour), "on-time")
    assert.deepStrictEqual(judge(daily, signals, always(last + 9 * day), last + 9 * day), {
      kind: "late",
      dueAt: last + day,
      since: last + day + hour,
      succeededAt: last
    })
  })

  it("that failed stays so until it succeeds, also while it runs again and when it is late", () => {
    const failed = succeeded(last, { failedAt: last + hour, outcome: "fail", exitCode: 3 })
    assert.deepStrictEqual(judge(daily, failed, always(last + 2 * hour), last + 2 * hour), {
      kind: "failed",
      at: last + hour,
      exitCode: 3
    })
    const again = { ...failed, startedAt: last + 3 * hour, isStarted: true }
    assert.strictEqual(kindAt({ ...daily, maxRunMs: hour }, again, last + 3 * hour + minute), "failed")
    assert.strictEqual(kindAt(daily, failed, last + 9 * day), "failed")
    assert.strictEqual(
      kindAt(daily, { ...failed, succeededAt: last + 4 * hour, outcome: "success" }, last + 5 * hour),
      "on-time"
    )
  })

  it("that runs may do so for its longest run, beyond the grace too; then it is overdue", () => {
    const expectation = { ...daily, maxRunMs: 3 * hour }
    const startedAt = last + day + 30 * minute
    const running = succeeded(last, { startedAt, isStarted: true })
    assert.deepStrictEqual(judge(expectation, running, always(startedAt + 2 * hour), startedAt + 2 * hour), {
      kind: "running",
      startedAt,
      lateAt: startedAt + 3 * hour
    })
    assert.deepStrictEqual(judge(expectation, running, always(startedAt + 4 * hour), startedAt + 4 * hour), {
      kind: "overrun",
      startedAt,
      since: startedAt + 3 * hour
    })
    // Without a longest run the schedule alone counts.
    assert.strictEqual(kindAt(daily, running, last + day + hour), "on-time")
    assert.strictEqual(kindAt(daily, running, last + day + hour + 1), "late")
  })

  it("that was late does not recover by starting", () => {
    const running = succeeded(last, { startedAt: last + 2 * day, isStarted: true })
    assert.strictEqual(kindAt({ ...daily, maxRunMs: hour }, running, last + 2 * day + minute), "late")
  })

  it("whose first call is a start is due from there on", () => {
    const started = { ...noCalls, startedAt: last, isStarted: true }
    assert.strictEqual(kindAt(daily, started, last + day), "on-time")
    assert.strictEqual(kindAt(daily, started, last + day + hour + 1), "late")
  })

  it("is due anew when it is resumed: what was before neither counts against it nor for it", () => {
    const resumed = last + 30 * day
    const before: ReadonlyArray<Signals> = [
      succeeded(last),
      succeeded(last, { failedAt: last + hour, outcome: "fail" }),
      succeeded(last, { startedAt: last + hour, isStarted: true })
    ]
    for (const signals of before.map((one) => ({ ...one, expectedSince: resumed }))) {
      assert.strictEqual(kindAt({ ...daily, maxRunMs: hour }, signals, resumed + day + hour), "on-time")
      assert.strictEqual(kindAt({ ...daily, maxRunMs: hour }, signals, resumed + day + hour + 1), "late")
    }
  })
})

describe("while calls cannot be received", () => {
  const last = at("2026-05-10T03:00:00Z")
  const due = last + day
  /** Away between the two. */
  const pause = (from: number, to: number, now: number): ReadonlyArray<Span> => [
    { from: to, to: now },
    { from: 0, to: from }
  ]

  it("no job becomes late, and none that was called meanwhile is told from one that was not", () => {
    const now = due + 2 * hour
    assert.deepStrictEqual(judge(daily, succeeded(last), [{ from: 0, to: due - minute }], now), {
      kind: "unheard",
      dueAt: due,
      untilAt: now + day + hour
    })
    assert.strictEqual(kindAt(daily, succeeded(last), now, []), "unheard")
  })

  it("a job whose call may be lost is judged by the next one", () => {
    const [from, to] = [due - minute, due + minute]
    const judgedAt = (now: number) => kindAt(daily, succeeded(last), now, pause(from, to, now))
    assert.strictEqual(judgedAt(due + hour), "on-time")
    assert.strictEqual(judgedAt(due + hour + 1), "unheard")
    assert.strictEqual(judgedAt(to + day + hour), "unheard")
    assert.strictEqual(judgedAt(to + day + hour + 1), "late")
  })

  it("a job that was late before stays late, and one that is due later is not touched", () => {
    const now = due + 5 * hour
    assert.strictEqual(kindAt(daily, succeeded(last), now, pause(due + 2 * hour, due + 3 * hour, now)), "late")
    assert.strictEqual(kindAt(daily, succeeded(last), now, pause(last + hour, last + 2 * hour, now)), "late")
  })

  it("two pauses in a row lose two calls", () => {
    const expectation = { ...daily, schedule: cron("0 3 * * *", "UTC") }
    const now = due + day + 2 * hour
    const reception = [
      { from: due + day + minute, to: now },
      { from: due + minute, to: due + day - minute },
      { from: 0, to: due - minute }
    ]
    const verdict = judge(expectation, succeeded(last), reception, now)
    assert.deepStrictEqual(verdict, { kind: "unheard", dueAt: due, untilAt: due + 2 * day + hour })
  })

  it("a run whose end may be lost is not overdue", () => {
    const running = succeeded(last, { startedAt: last + hour, isStarted: true })
    const now = last + 3 * hour
    const expectation = { ...daily, maxRunMs: hour }
    assert.strictEqual(kindAt(expectation, running, now), "overrun")
    const reception = pause(last + 90 * minute, last + 95 * minute, now)
    assert.strictEqual(kindAt(expectation, running, now, reception), "on-time")
  })

  it("a moment without a word of ours is no pause", () => {
    const now = due + hour + 1
    assert.strictEqual(kindAt(daily, succeeded(last), now, [{ from: 0, to: now - 9_000 }]), "late")
  })

  it("a long grace costs no more than there are pauses", () => {
    const expectation = { schedule: cron("* * * * *", "Europe/Berlin"), graceMs: 30 * day, maxRunMs: undefined }
    const now = last + 90 * day
    const reception = Array.from({ length: 20 }, (_, index) => ({
      from: now - (index + 1) * hour + minute,
      to: now - index * hour
    }))
    const started = cpuNow()
    judge(expectation, succeeded(last), reception, now)
    assert.isBelow(cpuNow() - started, 200)
  })
})

/** Calls at every time that is due, a second later; which times of the year those are. */
const yearOf = (schedule: Schedule, timeZone: string): ReadonlyArray<number> => {
  const from = DateTime.makeZonedUnsafe("2026-01-01T00:00:00", { timeZone, adjustForTimeZone: true }).epochMilliseconds
  const to = DateTime.makeZonedUnsafe("2027-01-01T00:00:00", { timeZone, adjustForTimeZone: true }).epochMilliseconds
  const dues: Array<number> = []
  for (let due = dueAfter(schedule, from - minute, hour); due < to; due = dueAfter(schedule, due + 1000, hour))
    dues.push(due)
  return dues
}

const local = (millis: number, timeZone: string) => DateTime.toParts(DateTime.makeZonedUnsafe(millis, { timeZone }))

describe("a cron line over a year with its two changes of the clock", () => {
  for (const timeZone of ["Europe/Berlin", "America/New_York"]) {
    for (const time of ["30 2 * * *", "0 3 * * *", "30 1 * * *"]) {
      it(`${time} in ${timeZone} is due once on every day`, () => {
        const dues = yearOf(cron(time, timeZone), timeZone)
        const days = dues.map((due) => local(due, timeZone)).map(({ day, month }) => `${month}-${day}`)
        assert.lengthOf(days, 365)
        assert.strictEqual(new Set(days).size, 365)
      })
    }

    it(`every hour in ${timeZone} is every hour`, () => {
      const both = Cron.parseUnsafe("0 * * * *", timeZone, { onDstOverlap: "both" })
      const schedule: Schedule = { kind: "cron", cron: both }
      // The days in which clocks change, and some around them.
      for (const from of [
        "2026-03-07T00:00:00Z",
        "2026-03-28T00:00:00Z",
        "2026-10-24T00:00:00Z",
        "2026-10-31T00:00:00Z"
      ]) {
        for (let hours = 0; hours < 60; hours++) {
          const due = at(from) + hours * hour
          assert.strictEqual(dueAfter(schedule, due + 1000, hour), due + hour)
        }
      }
    })
  }

  it("a job of the hour that is left out may run at the change or as long after it", () => {
    const schedule = cron("30 2 * * *", "Europe/Berlin")
    const before = at("2026-03-28T01:30:05Z")
    assert.strictEqual(iso(dueAfter(schedule, before, hour)), "2026-03-29T01:30:00.000Z")
    for (const ran of ["2026-03-29T01:00:05Z", "2026-03-29T01:30:05Z"])
      assert.strictEqual(iso(dueAfter(schedule, at(ran), hour)), "2026-03-30T00:30:00.000Z")
  })

  it("a clock that is some seconds ahead makes no job late", () => {
    const schedule = cron("0 3 * * *", "UTC")
    assert.strictEqual(iso(dueAfter(schedule, at("2026-05-10T02:59:50Z"), hour)), "2026-05-11T03:00:00.000Z")
    assert.strictEqual(iso(dueAfter(schedule, at("2026-05-10T02:59:20Z"), hour)), "2026-05-10T03:00:00.000Z")
  })
})

describe("whatever is called when", () => {
  const Minutes = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 3 * 24 * 60 }))

  it.prop(
    "who calls in time is never late, and who stops is late once, as time goes on",
    [Schema.Array(Minutes), Minutes],
    ([gaps, rest]) => {
      const expectation = { ...daily, graceMs: hour }
      let last = made
      for (const gap of gaps) {
        const now = last + Math.min(gap * minute, day + hour)
        assert.strictEqual(kindAt(expectation, succeeded(last), now), "on-time")
        last = now
      }
      const now = last + rest * minute
      assert.strictEqual(kindAt(expectation, succeeded(last), now), rest * minute <= day + hour ? "on-time" : "late")
      assert.strictEqual(kindAt(expectation, succeeded(last), now + 2 * day), "late")
    }
  )
})
