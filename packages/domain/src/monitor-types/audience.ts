/**
 * To whom a monitor's secrets are sent. Who may change a monitor may not learn its password by pointing it at a server of
 * their own: when somebody joins the audience, secrets have to be typed again.
 */

/** Settings of these names are part of where a check goes, whatever the kind. */
const placeNames = new Set(["host", "port", "server", "resolver", "servername"])

/** With the settings `after`, a check goes nowhere that it did not go with `before`. */
export const staysAmong = (before: unknown, after: unknown): boolean => {
  const known = audienceIn(before)
  return [...audienceIn(after)].every((place) => known.has(place))
}

/**
 * Everything in the settings that says where a check goes: the origin of every URL, and hosts and ports. What looks like
 * a URL and cannot be read stands for itself: better to ask once more than to tell.
 */
const audienceIn = (settings: unknown): ReadonlySet<string> => {
  const places = new Set<string>()
  const look = (name: string, value: unknown): void => {
    if (Array.isArray(value)) for (const item of value) look(name, item)
    else if (typeof value === "object" && value !== null) {
      for (const [key, inner] of Object.entries(value)) look(key, inner)
    } else if (placeNames.has(name.toLowerCase())) places.add(`${name} ${String(value).toLowerCase()}`)
    else if (typeof value === "string" && (name === "url" || value.includes("://"))) places.add(originOf(value))
  }
  look("", settings)
  return places
}

/** A scheme that URLs do not know has no origin: scheme and host tell the same. */
const originOf = (text: string): string => {
  const url = URL.parse(text)
  if (url === null) return text
  return url.origin === "null" ? `${url.protocol}//${url.host.toLowerCase()}` : url.origin
}
