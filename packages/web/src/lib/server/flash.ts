/** What just happened, told once on the next page, with the way back where there is one. */
import type { Cookies } from "@sveltejs/kit"

export interface Flash {
  readonly message: string
  /** A form action that takes it back; `ids` go along. */
  readonly undo?: { readonly action: string; readonly ids: ReadonlyArray<string> }
}

const name = "vinsight_flash"
const lifetimeSeconds = 60

export const setFlash = (cookies: Pick<Cookies, "set">, url: URL, flash: Flash): void =>
  cookies.set(name, JSON.stringify(flash), {
    path: "/",
    maxAge: lifetimeSeconds,
    httpOnly: true,
    sameSite: "lax",
    secure: url.protocol === "https:"
  })

export const takeFlash = (cookies: Pick<Cookies, "get" | "delete">, url: URL): Flash | undefined => {
  const text = cookies.get(name)
  if (text === undefined) return undefined
  cookies.delete(name, { path: "/", httpOnly: true, sameSite: "lax", secure: url.protocol === "https:" })
  try {
    const value: unknown = JSON.parse(text)
    return isFlash(value) ? value : undefined
  } catch {
    return undefined
  }
}

const isFlash = (value: unknown): value is Flash =>
  typeof value === "object" && value !== null && "message" in value && typeof value.message === "string"
