/** `?page&perPage` with its defaults, and a page as the contract has it. */
import type { Page, Paging } from "@v-insight/database/repo/Page"
import { type PageMeta, perPageDefault } from "@v-insight/domain/api/Envelope"

export const pagingOf = (query: { readonly page?: number; readonly perPage?: number }): Paging => ({
  page: query.page ?? 1,
  perPage: query.perPage ?? perPageDefault
})

export const toPage = <A>(
  { items, total }: Page<A>,
  { page, perPage }: Paging
): { readonly items: ReadonlyArray<A>; readonly meta: PageMeta } => ({ items, meta: { page, perPage, total } })
