/** The workspace as a whole, in words. */
import type { Dashboard } from "@v-insight/domain/model/History"
import { percent } from "#lib/words/check.ts"

/** Shares, 0 to 1: `99.95 %`. */
export const shareText = (share: number | null, digits?: number): string =>
  share === null ? "–" : `${percent(share, 1, digits)}\u00a0%`

const incidents = (month: number, day: number): string =>
  month === 0
    ? "no incident"
    : `${month === 1 ? "1 incident" : `${month} incidents`}; ${day === 0 ? "none" : day} in the last 24 hours`

/** `99.95 % over 30 days, 99.8 % observed, 14 incidents; 1 in the last 24 hours.` Nothing when nothing was seen. */
export const overviewLine = ({
  incidents24h,
  incidents30d,
  uptime30d
}: Pick<Dashboard, "incidents24h" | "incidents30d" | "uptime30d">): string | undefined =>
  uptime30d.uptime === null
    ? undefined
    : `${shareText(uptime30d.uptime)} over 30 days, ${shareText(uptime30d.coverage, 1)} observed, ${incidents(incidents30d, incidents24h)}.`
