/** What few visits need comes when they do: the first field of an empty workspace, and the question before a deletion. */
import type { PageLoad } from "./$types"

export const load: PageLoad = async ({ data, parent, url }) => {
  const { summary } = await parent()
  return {
    ...data,
    UrlField: summary.total === 0 ? (await import("#lib/ui/UrlField.svelte")).default : undefined,
    // Without JS the page that asks is the answer to the action; with JS it is loaded by the page.
    ConfirmDelete: url.searchParams.has("/remove") ? (await import("./ConfirmDelete.svelte")).default : undefined
  }
}
