/** Lists that a form offers whole: page by page. */
interface Page<A> {
  readonly items: ReadonlyArray<A>
  readonly meta: { readonly total: number; readonly perPage: number }
}

/** Beyond these nobody finds anything in a list. */
const mostPages = 5

export const everything = async <A>(read: (page: number) => Promise<Page<A>>): Promise<ReadonlyArray<A>> => {
  const first = await read(1)
  const pages = Math.min(mostPages, Math.ceil(first.meta.total / first.meta.perPage))
  const rest = await Promise.all(Array.from({ length: Math.max(0, pages - 1) }, (_, index) => read(index + 2)))
  return [first, ...rest].flatMap(({ items }) => items)
}
