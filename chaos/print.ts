/** What was measured, a line per kind of fault. */
import type { Figure } from "./judge.ts"

const columns = [
  "fault",
  "times",
  "taken over",
  "watched again",
  "blind",
  "bound",
  "missed",
  "in a row",
  "unknown",
  "exit"
]

const seconds = (ms: number | undefined): string =>
  ms === undefined || !Number.isFinite(ms) ? "-" : `${(ms / 1000).toFixed(1)} s`

const most = (values: ReadonlyArray<number | undefined>): number | undefined => {
  const known = values.filter((value) => value !== undefined)
  return known.length === 0 ? undefined : Math.max(...known)
}

const lineOf = (name: string, figures: ReadonlyArray<Figure>): ReadonlyArray<string> => {
  const effects = figures.map(({ act }) => act.effects)
  const exits = effects.flatMap(({ exits = [] }) => exits)
  return [
    name,
    String(figures.length),
    seconds(most(effects.map(({ takeOverMs }) => takeOverMs))),
    seconds(most(figures.map(({ act }) => act.calmMs))),
    seconds(most(figures.map(({ blindMs }) => blindMs))),
    seconds(most(effects.map(({ blindLimitMs }) => blindLimitMs))),
    String(figures.reduce((sum, { missedSlots }) => sum + missedSlots, 0)),
    String(most(figures.map(({ missedInARow }) => missedInARow)) ?? 0),
    String(figures.reduce((sum, { unknown }) => sum + unknown, 0)),
    exits.length === 0
      ? "-"
      : `${[...new Set(exits.map(({ code }) => code))].join(",")} in ${seconds(most(exits.map(({ ms }) => ms)))}`
  ]
}

/** Worst values of each kind. `blind` is the longest time without a check beyond the monitor's interval. */
export const print = (figures: ReadonlyArray<Figure>, totals: Readonly<Record<string, number>>): void => {
  const groups = Map.groupBy(figures, ({ act }) => act.name)
  const table = [columns, ...[...groups].map(([name, group]) => lineOf(name, group))]
  const widths = columns.map((_, index) => Math.max(...table.map((line) => line[index]!.length)))
  console.log("")
  for (const line of table) {
    console.log(
      `  ${line.map((cell, index) => (index === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[index]!))).join("  ")}`
    )
  }
  console.log(
    `\n  ${Object.entries(totals)
      .map(([name, value]) => `${name}: ${value}`)
      .join(", ")}\n`
  )
}
