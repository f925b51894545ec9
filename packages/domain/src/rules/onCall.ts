/**
 * Who is on call: pure. Turns and hours follow the clock on the wall of the schedule's time zone, so that a turn that
 * begins on Monday at 09:00 does so when clocks change, too. Of several layers that have somebody, the last one counts;
 * whoever stands in counts before all of them.
 */
import type { ActiveHours } from "../model/ActiveHours.ts"
import type { OnCallLayer, OnCallOverrideId } from "../model/OnCallSchedule.ts"
import type { OnCallSource } from "../model/OnCallTimeline.ts"
import type { UserId } from "../model/User.ts"
import { spansOf } from "./hours.ts"
import { dayMs, offsetAt, type WallClock, wallClock } from "./wallClock.ts"

/** As far as anybody looks ahead at once, milliseconds. */
export const longestRangeMs = 62 * dayMs

export interface OnCallPerson {
  readonly userId: UserId
  readonly email: string
}

export interface Layer {
  readonly name: string
  /** In the order of their turns; null: somebody who has left, in whose turns this layer has nobody. */
  readonly people: ReadonlyArray<OnCallPerson | null>
  /** Epoch ms. */
  readonly startsAt: number
  readonly turn: OnCallLayer["turn"]
  readonly hours: ActiveHours | null
}

export interface Override {
  readonly id: OnCallOverrideId
  readonly person: OnCallPerson
  /** Epoch ms. */
  readonly startsAt: number
  readonly endsAt: number
}

export interface Rota {
  readonly timeZone: string
  readonly layers: ReadonlyArray<Layer>
  /** In the order in which they were added: of several at once, the last one counts. */
  readonly overrides: ReadonlyArray<Override>
}

/** `layer`: its place among the layers. */
export interface OnCall {
  readonly person: OnCallPerson
  readonly source: OnCallSource
  readonly layer: number | null
  readonly overrideId: OnCallOverrideId | null
}

/** From `from` on and before `to`, epoch ms; null: nobody. */
export interface Span {
  readonly from: number
  readonly to: number
  readonly who: OnCall | null
}

/** The whole range, without overlap, as few spans as there can be. */
export const onCallSpans = (rota: Rota, from: number, to: number): ReadonlyArray<Span> => {
  const clock = wallClock(rota.timeZone, from)
  let spans: ReadonlyArray<Span> = [{ from, to, who: null }]
  for (const [index, layer] of rota.layers.entries()) {
    spans = over(spans, layerSpans(layer, index, rota.timeZone, clock, from, to))
  }
  for (const { endsAt, id, person, startsAt } of rota.overrides) {
    const [begin, end] = [Math.max(from, startsAt), Math.min(to, endsAt)]
    const who = { person, source: "override", layer: null, overrideId: id } as const
    if (begin < end) spans = over(spans, [{ from: begin, to: end, who }])
  }
  return spans
}

export const gapsOf = (spans: ReadonlyArray<Span>): ReadonlyArray<Pick<Span, "from" | "to">> =>
  spans.filter(({ who }) => who === null).map(({ from, to }) => ({ from, to }))

/** Who is on call by the rota at one instant. */
export const onCallAt = (rota: Rota, at: number): OnCall | null => {
  const override = overrideAt(rota, at)
  if (override !== undefined) {
    return { person: override.person, source: "override", layer: null, overrideId: override.id }
  }
  for (let index = rota.layers.length - 1; index >= 0; index--) {
    const found = layerAt(rota.layers[index]!, rota.timeZone, at)
    if (found.kind === "on") return { person: found.person, source: "layer", layer: index, overrideId: null }
  }
  return null
}

export const overrideAt = ({ overrides }: Rota, at: number): Override | undefined =>
  overrides.findLast(({ endsAt, startsAt }) => startsAt <= at && at < endsAt)

/** What a layer says of an instant; turns are told as wall times. */
export type LayerVerdict =
  | { readonly kind: "on"; readonly person: OnCallPerson; readonly turn: Turn }
  | { readonly kind: "left"; readonly turn: Turn }
  | { readonly kind: "outside_hours" }
  | { readonly kind: "not_started"; readonly startsAt: number }

interface Turn {
  readonly from: number
  readonly to: number
}

export const layerAt = (layer: Layer, timeZone: string, at: number): LayerVerdict => {
  const clock = wallClock(timeZone, at)
  const turns = turnsOf(layer, timeZone, clock)
  if (at < layer.startsAt) return { kind: "not_started", startsAt: turns.begin(0) }
  const isWithin = layer.hours === null || hoursOf(layer.hours, clock, at, at + 1).length > 0
  if (!isWithin) return { kind: "outside_hours" }
  const index = turns.at(at)
  const person = layer.people[index % layer.people.length] ?? null
  const turn = { from: turns.begin(index), to: turns.begin(index + 1) }
  return person === null ? { kind: "left", turn } : { kind: "on", person, turn }
}

const unitMs = { hour: 3_600_000, day: dayMs, week: 7 * dayMs } as const

/** Turns counted from 0; `begin` is a wall time. */
const turnsOf = ({ startsAt, turn }: Layer, timeZone: string, clock: WallClock) => {
  const first = startsAt + offsetAt(timeZone, startsAt)
  const length = turn.count * unitMs[turn.unit]
  const begin = (index: number): number => first + index * length
  /** The first one begins when it was said, also when its wall time comes twice. */
  const instant = (index: number): number => (index <= 0 ? startsAt : Math.max(startsAt, clock.instantOf(begin(index))))
  return {
    begin,
    instant,
    at: (at: number): number => {
      let index = Math.max(0, Math.floor((clock.show(at) - first) / length))
      while (instant(index + 1) <= at) index++
      while (index > 0 && instant(index) > at) index--
      return index
    }
  }
}

const layerSpans = (
  layer: Layer,
  index: number,
  timeZone: string,
  clock: WallClock,
  from: number,
  to: number
): ReadonlyArray<Span> => {
  const turns = turnsOf(layer, timeZone, clock)
  const begin = Math.max(from, layer.startsAt)
  if (begin >= to) return []
  const open = layer.hours === null ? [{ from: begin, to }] : hoursOf(layer.hours, clock, begin, to)
  const spans: Array<Span> = []
  let place = 0
  for (let turn = turns.at(begin); place < open.length && turns.instant(turn) < to; turn++) {
    const [since, until] = [turns.instant(turn), turns.instant(turn + 1)]
    const person = layer.people[turn % layer.people.length] ?? null
    while (place < open.length && open[place]!.from < until) {
      const [left, right] = [Math.max(since, open[place]!.from), Math.min(until, open[place]!.to)]
      if (left < right && person !== null) {
        spans.push({ from: left, to: right, who: { person, source: "layer", layer: index, overrideId: null } })
      }
      if (open[place]!.to > until) break
      place++
    }
  }
  return spans
}

/** When the hours are on, within the range: on the schedule's clock, whatever zone they name. */
const hoursOf = (hours: ActiveHours, clock: WallClock, from: number, to: number) =>
  spansOf(hours, clock, from, to)
    .map(({ begin, end }) => ({ from: Math.max(from, begin), to: Math.min(to, end) }))
    .filter((span) => span.from < span.to)

/** The upper ones in place of the lower ones; both in order and without overlap, the lower ones without holes. */
const over = (lower: ReadonlyArray<Span>, upper: ReadonlyArray<Span>): ReadonlyArray<Span> => {
  if (upper.length === 0) return lower
  const spans: Array<Span> = []
  const add = (from: number, to: number, who: OnCall | null): void => {
    if (from >= to) return
    const last = spans.at(-1)
    if (last !== undefined && isSame(last.who, who)) spans[spans.length - 1] = { ...last, to }
    else spans.push({ from, to, who })
  }
  let place = 0
  for (const { from, to, who } of lower) {
    let at = from
    while (place < upper.length && upper[place]!.from < to) {
      const above = upper[place]!
      add(at, above.from, who)
      add(Math.max(at, above.from), Math.min(to, above.to), above.who)
      at = Math.max(at, Math.min(to, above.to))
      if (above.to > to) break
      place++
    }
    add(at, to, who)
  }
  return spans
}

const isSame = (one: OnCall | null, other: OnCall | null): boolean =>
  one === other ||
  (one !== null &&
    other !== null &&
    one.person.userId === other.person.userId &&
    one.layer === other.layer &&
    one.overrideId === other.overrideId)
