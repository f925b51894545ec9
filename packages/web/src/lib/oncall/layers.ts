/** The form of a schedule: layers that come, go and change places, with people who do. */
import { swapped } from "#lib/escalation/policy.ts"

/** What a form says of one layer. */
export interface LayerValues {
  readonly name: string
  /** Ids, in the order of their turns. */
  readonly people: ReadonlyArray<string>
  /** On the schedule's clock. */
  readonly startsAt: string
  readonly count: string
  readonly unit: string
  /** Only on these days and between these times; all empty: around the clock. */
  readonly days: ReadonlyArray<string>
  readonly from: string
  readonly to: string
}

export interface ScheduleValues {
  readonly name: string
  readonly timeZone: string
  readonly layers: ReadonlyArray<LayerValues>
}

export const mostLayers = 10

/** What a button of the form does: `add`, `more:0`, `remove:1`, `up:1`, `down:0`. A new layer begins like the last one. */
export const changedLayers = (values: ScheduleValues, change: string): ScheduleValues => {
  const [kind, place = ""] = change.split(":")
  const index = place === "" ? -1 : Number(place)
  const { layers } = values
  if (kind === "add") {
    const last = layers.at(-1)
    const fresh: LayerValues = {
      name: `Layer ${layers.length + 1}`,
      people: [],
      startsAt: last?.startsAt ?? "",
      count: "1",
      unit: "week",
      days: [],
      from: "",
      to: ""
    }
    return { ...values, layers: [...layers, fresh].slice(0, mostLayers) }
  }
  if (!Number.isInteger(index) || layers[index] === undefined) return values
  if (kind === "remove") return { ...values, layers: layers.filter((_, each) => each !== index) }
  if (kind === "up") return { ...values, layers: swapped(layers, index, index - 1) }
  return kind === "down" ? { ...values, layers: swapped(layers, index, index + 1) } : values
}
