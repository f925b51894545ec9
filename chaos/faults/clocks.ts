/** What happens to clocks: those of workers only, as the database's is the one that counts. */
import { setTimeout as sleep } from "node:timers/promises"
import { calmLimitMs, type Fault } from "./Fault.ts"

const setClockMs = 6_000

/** The last worker's own clock, to each of these in turn and right again. */
const set = (key: string, name: string, clocks: ReadonlyArray<string>): Fault => ({
  key,
  name,
  victims: 0,
  needs: "libfaketime",
  act: async ({ workers }) => {
    for (const offset of [...clocks, "+0"]) {
      workers.at(-1)?.setClock(offset)
      await sleep(setClockMs)
    }
    return { blindLimitMs: calmLimitMs }
  }
})

/** Days beyond the last partition, and an hour before what was recorded. */
export const jump = set("clock-jump", "clock +8 days, -1 hour", ["+8d", "-1h"])
/** As machines without NTP differ; a tenth too fast, a tenth too slow. */
export const skew = set("clock-skew", "clock +90 s, -90 s, drifting", ["+90s", "-90s", "+0 x1.1", "+0 x0.9"])
