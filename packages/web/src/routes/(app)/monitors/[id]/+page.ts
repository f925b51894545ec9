/** What few visits need comes when they do: what a job calls, the question before a deletion, what a test found. */
import type { PageLoad } from "./$types"

export const load: PageLoad = async ({ data, url }) => ({
  ...data,
  HeartbeatPanel: data.heartbeat === null ? undefined : (await import("./HeartbeatPanel.svelte")).default,
  ConfirmDelete: data.isDeleting ? (await import("../ConfirmDelete.svelte")).default : undefined,
  // Without JS the page that shows it is the answer to the action; with JS it is loaded by the page.
  Outcome: url.searchParams.has("/run") ? (await import("#lib/try/Outcome.svelte")).default : undefined
})
