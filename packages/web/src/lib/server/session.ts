/** The session cookie as the web server sets it on sign-in; the API sets and reads the same one. */
import type { Cookies } from "@sveltejs/kit"
import { cookieName } from "@v-insight/domain/api/Authorization"

const nameFor = (url: URL) => (url.protocol === "https:" ? cookieName.secure : cookieName.plain)

export const hasSession = (cookies: Pick<Cookies, "get">): boolean =>
  cookies.get(cookieName.secure) !== undefined || cookies.get(cookieName.plain) !== undefined

export const setSession = (
  cookies: Pick<Cookies, "set">,
  url: URL,
  session: { readonly token: string; readonly expiresAt: string }
): void =>
  cookies.set(nameFor(url), session.token, {
    path: "/",
    httpOnly: true,
    sameSite: "lax",
    secure: url.protocol === "https:",
    expires: new Date(session.expiresAt)
  })

export const clearSession = (cookies: Pick<Cookies, "delete">, url: URL): void =>
  cookies.delete(nameFor(url), { path: "/", httpOnly: true, sameSite: "lax", secure: url.protocol === "https:" })
