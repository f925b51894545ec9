/** What one browser prefers, kept in cookies so that the first byte of HTML is already right: no flash, no script. */
import type { Cookies } from "@sveltejs/kit"

export const themes = ["system", "light", "dark"] as const
export type Theme = (typeof themes)[number]
export const densities = ["comfortable", "compact"] as const
export type Density = (typeof densities)[number]

const names = { theme: "vinsight_theme", density: "vinsight_density", timeZone: "vinsight_tz" } as const
const yearSeconds = 365 * 86_400

export interface Preferences {
  readonly theme: Theme
  readonly density: Density
  readonly timeZone: string
}

export const readPreferences = (cookies: Pick<Cookies, "get">): Preferences => ({
  theme: oneOf(themes, cookies.get(names.theme)) ?? "system",
  density: oneOf(densities, cookies.get(names.density)) ?? "compact",
  timeZone: validTimeZone(cookies.get(names.timeZone)) ?? "UTC"
})

/** Keeps what is valid among `theme` and `density`; the rest is ignored. */
export const writePreferences = (cookies: Pick<Cookies, "set">, form: FormData, isSecure: boolean): void => {
  const options = { path: "/", maxAge: yearSeconds, sameSite: "lax", secure: isSecure, httpOnly: true } as const
  const theme = oneOf(themes, form.get("theme"))
  const density = oneOf(densities, form.get("density"))
  if (theme !== undefined) cookies.set(names.theme, theme, options)
  if (density !== undefined) cookies.set(names.density, density, options)
}

/** Fills the places in app.html. */
export const fillShell = (html: string, { theme, density }: Preferences): string =>
  html
    .replace("%vinsight.theme%", theme)
    .replace("%vinsight.density%", density)
    .replace("%vinsight.scheme%", theme === "system" ? "light dark" : theme)

const oneOf = <const T extends string>(allowed: ReadonlyArray<T>, value: unknown): T | undefined =>
  allowed.find((item) => item === value)

const validTimeZone = (name: string | undefined): string | undefined => {
  if (name === undefined || name.length > 64) return undefined
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone
  } catch {
    return undefined
  }
}
