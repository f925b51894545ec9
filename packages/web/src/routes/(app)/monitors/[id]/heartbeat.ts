/** Calls of jobs in words, and how a job makes them. */
import type { Heartbeat } from "@v-insight/domain/model/Heartbeat"

/** Tried again for a while: a short outage of the network, or a restart of V-Insight, is no missed call. */
const curl = (url: string): string => `curl -fsS -m 10 --retry 5 --retry-connrefused -o /dev/null ${url}`

export const examples = (url: string): ReadonlyArray<{ readonly title: string; readonly text: string }> => [
  { title: "When the job is done", text: curl(url) },
  { title: "In a crontab: a call only when it went well", text: `30 2 * * * /path/to/job && ${curl(url)}` },
  { title: "With its exit code: 0 is success, anything else failure", text: `/path/to/job; ${curl(`${url}/$?`)}` },
  { title: "As it begins, to know how long it runs", text: `curl -fsS -m 5 -o /dev/null ${url}/start` }
]

export const callWords = ({ exitCode, kind }: Pick<Heartbeat, "exitCode" | "kind">) => {
  const code = exitCode === null ? "" : `, exit code ${exitCode}`
  if (kind === "start") return ["pending", "Started"] as const
  return kind === "success" ? (["up", `Succeeded${code}`] as const) : (["down", `Failed${code}`] as const)
}
