/** Numbered pages, counted from 1. */
export interface Paging {
  readonly page: number
  readonly perPage: number
}

export interface Page<A> {
  readonly items: ReadonlyArray<A>
  readonly total: number
}
