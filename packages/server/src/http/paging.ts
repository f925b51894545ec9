/** `?page&perPage` with its defaults, and a page as the contract has it. */
import { HttpServerResponse } from "effect/http"
import type { Page, Paging } from "@v-insight/database/repo/Page"
import { type PageMeta, perPageDefault } from "@v-insight/domain/api/Envelope"

export const pagingOf = (query: { readonly page?: number; readonly perPage?: number }): Paging => ({
  page: query.page ?? 1,
  perPage: query.perPage ?? perPageDefault
})

/** For those who ask how many there are. */
export const countOnly: Paging = { page: 1, perPage: 1 }

export const toPage = <A>(
  { items, total }: Page<A>,
  { page, perPage }: Paging
): { readonly items: ReadonlyArray<A>; readonly meta: PageMeta } => ({ items, meta: { page, perPage, total } })

/**
 * The same for the hottest list, without a look at rows of our own through the contract's schema: that took 0.17 ms of
 * 1.3 for 50 monitors. The type says that they fit, and a test decodes them.
 */
export const ownPage = <A>(page: Page<A>, paging: Paging) => {
  const { items, meta } = toPage(page, paging)
  return HttpServerResponse.jsonUnsafe({ data: items, error: null, meta })
}
