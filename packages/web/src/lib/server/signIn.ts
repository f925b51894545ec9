/** Where to sign in, and where to go from there. */

/** Comes back to where it was asked for; form actions lead back to their page. */
export const signInUrl = (from: URL): string => {
  const search = new URLSearchParams([...from.searchParams].filter(([name]) => !name.startsWith("/"))).toString()
  const back = from.pathname + (search === "" ? "" : `?${search}`)
  return back === "/" ? "/login" : `/login?next=${encodeURIComponent(back)}`
}

/** Only a path of ours: `next` must not lead to another site. */
export const safeNext = (next: string | null): string => {
  if (next === null || !/^\/(?![/\\])/.test(next) || !URL.canParse(next, own)) return "/monitors"
  return new URL(next, own).origin === own ? next : "/monitors"
}

const own = "http://own.invalid"
