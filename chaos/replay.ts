/** A monitor's stored checks, decided again from the first one on. */
import { decide, initial, ordinary } from "@v-insight/domain/rules/decide"
import type { Row } from "./judge.ts"
import type { Monitor } from "./monitors.ts"

/** What the pure reducer makes of the stored outcomes. */
export const replay = (monitor: Monitor, rows: ReadonlyArray<Row>) => {
  let state = initial
  let opened: { readonly at: number; readonly cause: string } | undefined
  const incidents: Array<string> = []
  const decisions: Array<string> = []
  for (const { attempts, checkedAt, code, message, status } of rows) {
    const error = code === null ? null : { code, message: message ?? "" }
    const decision = decide(
      state,
      { status, attempts, error, totalUs: null },
      { ...monitor, degradedAfterMs: null },
      ordinary,
      checkedAt
    )
    state = decision.state
    const { event } = decision
    if (event !== undefined) decisions.push(`${monitor.id} ${event.at} ${event.kind}`)
    if (event?.kind === "went-down") opened = { at: event.at, cause: `${event.cause.code} ${event.cause.message}` }
    if (event?.kind === "recovered" && opened !== undefined) {
      incidents.push(`${monitor.id} ${opened.at} ${event.at} ${opened.cause}`)
      opened = undefined
    }
  }
  if (opened !== undefined) incidents.push(`${monitor.id} ${opened.at} open ${opened.cause}`)
  return { state, incidents, decisions, lastSlot: rows.at(-1)?.slot ?? 0 }
}
