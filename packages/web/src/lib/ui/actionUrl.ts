/** The address of a form action on the page that is shown: its filters stay, with and without JS. */
export const actionUrl = (present: Iterable<readonly [string, string]>, name: string): string => {
  const kept = new URLSearchParams(
    [...present].filter(([key]) => !key.startsWith("/")).map(([key, value]) => [key, value])
  ).toString()
  return kept === "" ? `?/${name}` : `?/${name}&${kept}`
}
