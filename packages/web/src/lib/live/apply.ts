/** What an event of the live stream changes in what is on screen. Applying one twice changes nothing. */
import type { Incident } from "@v-insight/domain/model/Incident"
import type { CheckEvent } from "@v-insight/domain/model/LiveEvent"
import type { Monitor } from "@v-insight/domain/model/Monitor"

type Watched = Pick<Monitor, "id" | "status" | "statusSince" | "lastCheckedAt" | "lastCheck" | "paused">

/** The newest news of a monitor wins; an event that is older than the row is not news. */
export const withCheck = <M extends Watched>(monitor: M, event: CheckEvent | undefined): M => {
  if (event === undefined || monitor.paused) return monitor
  if (monitor.lastCheckedAt !== null && Date.parse(event.checkedAt) < Date.parse(monitor.lastCheckedAt)) return monitor
  return {
    ...monitor,
    status: event.status,
    statusSince: event.statusSince,
    lastCheckedAt: event.checkedAt,
    nextCheckAt: event.nextCheckAt,
    lastCheck: event.check
  }
}

export const withIncident = <I extends Pick<Incident, "id" | "updatedAt">>(known: I, news: I | undefined): I =>
  news !== undefined && Date.parse(news.updatedAt) >= Date.parse(known.updatedAt) ? news : known

/** From its slot to its row a check may take its time-out, tries again included. */
const recordingMs = 60_000

/**
 * Whether the counts have changed since they were read. Of a monitor that is not on screen the state before is not
 * known: then it is news if its state is newer than the counts.
 */
export const changesCounts = (
  { status, statusSince }: Pick<CheckEvent, "status" | "statusSince">,
  known: string | undefined,
  readAt: number
): boolean =>
  known === undefined ? statusSince !== null && Date.parse(statusSince) > readAt - recordingMs : known !== status
