/** What few visits need comes when they do: what a job calls, planned work, the question before a deletion, what a test found. */
import type { PageLoad } from "./$types"

export const load: PageLoad = async ({ data, url }) => ({
  ...data,
  HeartbeatPanel: data.heartbeat === null ? undefined : (await import("./HeartbeatPanel.svelte")).default,
  Around:
    data.work === null && data.parents.length === 0 && data.monitor.degradedAfterMs === null
      ? undefined
      : (await import("./Around.svelte")).default,
  ConfirmDelete: data.isDeleting ? (await import("../ConfirmDelete.svelte")).default : undefined,
  // Without JS the page that shows it is the answer to the action; with JS it is loaded by the page.
  Outcome: url.searchParams.has("/run") ? (await import("#lib/try/Outcome.svelte")).default : undefined
})
