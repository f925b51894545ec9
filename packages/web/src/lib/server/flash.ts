/** What just happened, told once on the next page, with the way back where there is one. */
import type { Cookies } from "@sveltejs/kit"
import { flashCookie } from "#lib/ui/flashCookie.ts"

export interface Flash {
  /** What was shown once is not shown again. */
  readonly id: string
  readonly message: string
  /** A form action that takes it back; `ids` go along. */
  readonly undo?: { readonly action: string; readonly ids: ReadonlyArray<string> }
}

const lifetimeSeconds = 60

export const setFlash = (cookies: Pick<Cookies, "set">, url: URL, flash: Omit<Flash, "id">): void =>
  cookies.set(flashCookie, JSON.stringify({ id: crypto.randomUUID(), ...flash }), {
    path: "/",
    maxAge: lifetimeSeconds,
    // The page takes it away once it is shown.
    httpOnly: false,
    sameSite: "lax",
    secure: url.protocol === "https:"
  })

/**
 * A whole page shows what it is given. An answer to a script may be overtaken by the next one and never be shown, so
 * there the flash stays until the page says that it is.
 */
export const takeFlash = (
  cookies: Pick<Cookies, "get" | "delete">,
  url: URL,
  isDataRequest: boolean
): Flash | undefined => {
  const text = cookies.get(flashCookie)
  if (text === undefined) return undefined
  if (!isDataRequest) {
    cookies.delete(flashCookie, { path: "/", httpOnly: false, sameSite: "lax", secure: url.protocol === "https:" })
  }
  try {
    const value: unknown = JSON.parse(text)
    return isFlash(value) ? value : undefined
  } catch {
    return undefined
  }
}

const isFlash = (value: unknown): value is Flash =>
  typeof value === "object" &&
  value !== null &&
  "id" in value &&
  typeof value.id === "string" &&
  "message" in value &&
  typeof value.message === "string"
