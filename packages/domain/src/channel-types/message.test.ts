/** What people read, word by word. */
import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { AlertTrigger } from "../model/AlertRule.ts"
import { NotificationEvent } from "../model/Notification.ts"
import { asText, span, threadOf, titleOf, wordsOf } from "./message.ts"

const incident = {
  id: "0193f3a0-0000-7000-8000-000000000001",
  status: "open",
  trigger: "down",
  severity: "critical",
  startedAt: "2026-11-21T12:03:10.000Z",
  resolvedAt: null as string | null,
  cause: { code: "connection_refused", message: "connection refused" }
}
const monitor = { id: "0193f3a0-0000-7000-8000-000000000002", name: "Checkout", type: "http", tags: [] }
const links = { incident: "https://v.example/incidents/1", acknowledge: "https://v.example/acknowledge/x" }

const said = (changes: object, data: object = {}) =>
  wordsOf(
    Schema.decodeUnknownSync(NotificationEvent)({
      type: "incident.opened",
      timestamp: "2026-11-21T12:07:10.000Z",
      links,
      ...changes,
      data: { incident, monitor, check: null, ...data }
    })
  )
const none = { incident: null, monitor: null }

describe("in plain words", () => {
  it("something begins", () =>
    assert.strictEqual(
      asText(said({})),
      "Checkout is down.\nconnection refused.\nSince 12:03:10 UTC.\nOpen: https://v.example/incidents/1\nAcknowledge: https://v.example/acknowledge/x"
    ))

  it("that goes on, and somebody else is asked", () => {
    assert.strictEqual(
      asText(said({ type: "incident.repeated" }), false),
      "Checkout is still down.\nconnection refused.\nSince 12:03:10 UTC. Nobody has acknowledged it yet."
    )
    assert.include(asText(said({ type: "incident.escalated" })), "Nobody has acknowledged it yet. It is your turn.")
  })

  it("that is over, and there is nothing to acknowledge any more", () => {
    const resolved = { ...incident, status: "resolved", resolvedAt: "2026-11-21T12:07:10.000Z" }
    const words = said({ type: "incident.resolved" }, { incident: resolved })
    assert.strictEqual(words.mood, "over")
    assert.strictEqual(
      asText(words),
      "Checkout is up again.\nIt lasted 4 minutes, since 12:03:10 UTC.\nIt was: connection refused.\nOpen: https://v.example/incidents/1"
    )
  })

  it("something that another version raised", () => {
    const unheardOf = "moonrise" as AlertTrigger
    assert.strictEqual(titleOf(unheardOf, "Checkout", false), "Checkout needs a look")
    assert.strictEqual(titleOf(unheardOf, "Checkout", true), "Checkout is well again")
  })

  it("the day is named where it is another one", () =>
    assert.include(asText(said({ timestamp: "2026-11-22T00:00:01.000Z" })), "Since 2026-11-21 12:03:10 UTC."))

  it("many at once, some of them over, all of them over", () => {
    const digest = (incidents: number, resolved: number, monitors: ReadonlyArray<string>) =>
      said({ type: "digest" }, { ...none, digest: { incidents, resolved, monitors } })
    assert.strictEqual(
      asText(digest(23, 2, ["A", "B"]), false),
      "23 incidents at once, 2 of them over.\nA, B and 21 more.\nThey are told together, so that this channel is not flooded."
    )
    assert.include(asText(digest(2, 0, ["A", "B"])), "2 incidents at once.\nA, B.")
    assert.strictEqual(digest(2, 2, ["A", "B"]).mood, "over")
  })

  it("a silence ends, and a test is a test", () => {
    const silence = { reason: "Move of the racks", endsAt: "2026-11-21T12:07:00.000Z" }
    assert.include(
      asText(said({ type: "silence.ended" }, { ...none, silence })),
      "A silence has ended (Move of the racks).\nSince 12:07:00 UTC you are told again of what it matched."
    )
    assert.include(asText(said({ type: "test" }, none)), "Nothing is wrong.")
  })

  it.each(AlertTrigger.literals)("%s begins, goes on and ends with the name in each", (trigger) => {
    for (const type of ["incident.opened", "incident.repeated", "incident.escalated", "incident.resolved"]) {
      const { title } = said({ type }, { incident: { ...incident, trigger } })
      assert.include(title, "Checkout")
      assert.notMatch(title, /\.$|undefined/)
    }
  })
})

it.each([
  [0, "less than a second"],
  [-5, "less than a second"],
  [1000, "1 second"],
  [61_000, "1 minute 1 second"],
  [240_000, "4 minutes"],
  [3_661_000, "1 hour 1 minute"],
  [86_400_000 + 59_000, "1 day"],
  [90_061_000, "1 day 1 hour"]
])("%i ms are %s", (ms, text) => assert.strictEqual(span(ms), text))

it("messages of an incident, and a digest that is told anew, belong together", () => {
  const event = (data: object) =>
    ({
      type: "digest",
      timestamp: "2026-11-21T12:00:00.000Z",
      data: { incident: null, monitor: null, check: null, ...data }
    }) as unknown as NotificationEvent
  assert.strictEqual(threadOf({ id: "a.2", event: event({}) }), "a")
  assert.strictEqual(threadOf({ id: "a", event: event({}) }), "a")
  assert.strictEqual(threadOf({ id: "a", event: event({ incident }) }), incident.id)
})
