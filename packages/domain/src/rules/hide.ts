/**
 * What a target said, without the monitor's secrets: an echo of what we sent must not end in a table, an answer or a
 * message. Found are the secret as it is and as JSON, URLs and base64 write it.
 */

/** Shorter ones would tear holes into any text, and guessing them is easier than reading them. */
const minSecretLength = 4
const minCoreLength = 6
/** Its first characters, so many, give a longer secret away: what quotes a text may have cut it there. */
const minPartLength = 16
const mask = "[secret]"

/** Hides what it was made for; the same text when there is nothing to hide. */
export type Hide = (text: string) => string

export const hideNothing: Hide = (text) => text

export const hiding = (secrets: ReadonlyArray<string>): Hide => {
  const spellings = [...new Set(secrets.filter(({ length }) => length >= minSecretLength).flatMap(spellingsOf))]
  if (spellings.length === 0) return hideNothing
  return (text) => {
    const found = spellings.flatMap((spelling) => placesOf(spelling, text))
    return found.length === 0 ? text : masked(text, found)
  }
}

interface Place {
  readonly from: number
  readonly to: number
}

/** Where it stands whole, or its beginning: at the end of a text that was cut, or long enough to be told from others. */
const placesOf = (spelling: string, text: string): ReadonlyArray<Place> => {
  const beginning = spelling.slice(0, minSecretLength)
  const end = text.length - (cutMark.exec(text)?.[0].length ?? 0)
  const places: Array<Place> = []
  let from = text.indexOf(beginning)
  while (from !== -1) {
    let to = from + beginning.length
    while (to - from < spelling.length && text[to] === spelling[to - from]) to++
    const isFound = to - from >= Math.min(spelling.length, minPartLength) || to >= end
    if (isFound) places.push({ from, to })
    from = text.indexOf(beginning, isFound ? to : from + 1)
  }
  return places
}

/** How texts end that were cut off. */
const cutMark = /(?:\u2026|\.{3})$/

const masked = (text: string, places: ReadonlyArray<Place>): string => {
  let hidden = ""
  let at = 0
  for (const { from, to } of places.toSorted((a, b) => a.from - b.from)) {
    if (from >= at) hidden += text.slice(at, from) + mask
    at = Math.max(at, to)
  }
  return hidden + text.slice(at)
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
