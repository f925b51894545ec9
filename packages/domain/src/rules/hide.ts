/**
 * What a target said, without the monitor's secrets: an echo of what we sent must not end in a table, an answer or a
 * message. Found are the secret as it is and as JSON, URLs and base64 write it.
 */

/** Shorter ones would tear holes into any text, and guessing them is easier than reading them. */
const minSecretLength = 4
const minCoreLength = 6
/** Of a longer secret that was cut off, so much may be at the end of a text. */
const maxCut = 64
const mask = "[secret]"

/** Hides what it was made for; the same text when there is nothing to hide. */
export type Hide = (text: string) => string

export const hideNothing: Hide = (text) => text

export const hiding = (secrets: ReadonlyArray<string>): Hide => {
  const spellings = [...new Set(secrets.filter(({ length }) => length >= minSecretLength).flatMap(spellingsOf))]
  if (spellings.length === 0) return hideNothing
  // A spelling that holds another goes first.
  spellings.sort((a, b) => b.length - a.length)
  return (text) => withoutCut(spellings.reduce(without, text), spellings)
}

const without = (text: string, spelling: string): string =>
  text.includes(spelling) ? text.replaceAll(spelling, mask) : text

/** What was cut off may have cut a secret in two: its beginning goes too. */
const withoutCut = (text: string, spellings: ReadonlyArray<string>): string => {
  const end = text.endsWith("\u2026") ? text.length - 1 : text.length
  for (let start = Math.max(0, end - maxCut); start <= end - minSecretLength; start++) {
    const rest = text.slice(start, end)
    if (spellings.some((spelling) => spelling.startsWith(rest))) return text.slice(0, start) + mask
  }
  return text
}

const spellingsOf = (secret: string): ReadonlyArray<string> => [
  secret,
  JSON.stringify(secret).slice(1, -1),
  // Half a surrogate pair cannot be written in a URL.
  encodeURIComponent(secret.toWellFormed()),
  ...base64Cores(new TextEncoder().encode(secret))
]

/** What stays the same of its base64, wherever in the encoded text it begins: `user:secret` in a header, for one. */
const base64Cores = (bytes: Uint8Array): ReadonlyArray<string> =>
  [0, 1, 2]
    .map((offset) => {
      const shifted = "\0".repeat(offset) + String.fromCharCode(...bytes)
      return btoa(shifted).slice(Math.ceil((offset * 8) / 6), Math.floor((shifted.length * 8) / 6))
    })
    .filter(({ length }) => length >= minCoreLength)
