/**
 * What a target said, without the monitor's secrets: an echo of what we sent must not end in a table, an answer or a
 * message. Found are the secret as it is and as JSON, URLs, forms, HTML and base64 write it, in time that grows with the
 * text alone: looking for one after the other takes seconds where a tenant has chosen both to that end.
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
  const byBeginning = Map.groupBy(spellings, (spelling) => spelling.slice(0, minPartLength))
  const byLength = Map.groupBy(byBeginning.keys(), ({ length }) => length)
  const finders = [...byLength].map(([length, beginnings]) => finderOf(length, beginnings))
  return (text) => {
    const isHidden = new Uint8Array(text.length)
    let hasFound = hideCut(text, isHidden, byBeginning.keys())
    for (const find of finders) {
      for (const [beginning, places] of find(text)) {
        hasFound = true
        for (const spelling of byBeginning.get(beginning)!) hideExtents(spelling, text, places, isHidden)
      }
    }
    return hasFound ? withMasks(text, isHidden) : text
  }
}

/** The places of what is found, in order. */
type Find = (text: string) => ReadonlyMap<string, ReadonlyArray<number>>

/** Goes over a text once, with the hash of what it sees (Karp and Rabin 1987), however many it looks for. */
const finderOf = (length: number, beginnings: ReadonlyArray<string>): Find => {
  const byHash = Map.groupBy(beginnings, (beginning) => hashOf(beginning, length))
  let first = 1
  for (let power = 1; power < length; power++) first = Math.imul(first, factor)
  return (text) => {
    const found = new Map<string, Array<number>>()
    if (text.length < length) return found
    let hash = hashOf(text, length)
    for (let at = 0; ; at++) {
      const beginning = byHash.get(hash)?.find((beginning) => text.startsWith(beginning, at))
      if (beginning !== undefined) {
        const places = found.get(beginning)
        if (places === undefined) found.set(beginning, [at])
        else places.push(at)
      }
      if (at + length >= text.length) return found
      const rest = (hash - Math.imul(text.charCodeAt(at), first)) | 0
      hash = (Math.imul(rest, factor) + text.charCodeAt(at + length)) | 0
    }
  }
}

/** The prime of FNV-1. */
const factor = 0x01000193

const hashOf = (text: string, length: number): number => {
  let hash = 0
  for (let at = 0; at < length; at++) hash = (Math.imul(hash, factor) + text.charCodeAt(at)) | 0
  return hash
}

/** Hides as much of a spelling as stands at these places. No character is compared twice (the Z algorithm). */
const hideExtents = (spelling: string, text: string, places: ReadonlyArray<number>, isHidden: Uint8Array): void => {
  let own: Uint32Array | undefined
  let from = 0
  let to = 0
  for (const at of places) {
    if (at < to) {
      own ??= ownExtents(spelling)
      if (at + own[at - from]! < to) continue
    }
    from = at
    if (to < at) to = at
    const end = Math.min(text.length, at + spelling.length)
    while (to < end && text.charCodeAt(to) === spelling.charCodeAt(to - at)) isHidden[to++] = 1
  }
}

/** How much of the text stands in it again, at each place. */
const ownExtents = (text: string): Uint32Array => {
  const extents = new Uint32Array(text.length)
  let from = 0
  let to = 0
  for (let at = 1; at < text.length; at++) {
    let length = at < to ? Math.min(extents[at - from]!, to - at) : 0
    while (at + length < text.length && text[length] === text[at + length]) length++
    extents[at] = length
    if (at + length > to) [from, to] = [at, at + length]
  }
  return extents
}

/** How texts end that were cut off. */
const cutMark = /(?:\u2026|\.{3})$/

/** What was cut off may have cut a secret in two: its beginning goes too. */
const hideCut = (text: string, isHidden: Uint8Array, beginnings: Iterable<string>): boolean => {
  const end = text.length - (cutMark.exec(text)?.[0].length ?? 0)
  let start = end
  for (const beginning of beginnings) {
    for (let at = Math.max(0, end - beginning.length + 1); at <= Math.min(start - 1, end - minSecretLength); at++) {
      if (text[at] === beginning[0] && beginning.startsWith(text.slice(at, end))) start = at
    }
  }
  isHidden.fill(1, start, end)
  return start < end
}

const withMasks = (text: string, isHidden: Uint8Array): string => {
  let shown = ""
  let at = 0
  while (at < text.length) {
    const from = isHidden.indexOf(1, at)
    if (from < 0) break
    const to = isHidden.indexOf(0, from)
    shown += text.slice(at, from) + mask
    at = to < 0 ? text.length : to
  }
  return shown + text.slice(at)
}

const spellingsOf = (secret: string): ReadonlyArray<string> => {
  const json = JSON.stringify(secret).slice(1, -1)
  // Half a surrogate pair cannot be written in a URL.
  const url = encodeURIComponent(secret.toWellFormed())
  const urls = [
    url,
    url.replaceAll("%20", "+"),
    url.replaceAll(/[!'()*]/g, (it) => `%${it.charCodeAt(0).toString(16)}`)
  ]
  const html = secret.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;")
  const quoted = html.replaceAll('"', "&quot;")
  return [
    secret,
    json,
    json.replaceAll("/", "\\/"),
    ...urls,
    ...urls.map((it) => it.replaceAll(/%../g, (escape) => escape.toLowerCase())),
    html,
    quoted,
    quoted.replaceAll("'", "&#39;"),
    html.replaceAll('"', "&#34;").replaceAll("'", "&#39;"),
    ...base64Cores(new TextEncoder().encode(secret))
  ]
}

/** What stays the same of its base64, wherever in the encoded text it begins: `user:secret` in a header, for one. */
const base64Cores = (bytes: Uint8Array): ReadonlyArray<string> => {
  // Not as arguments of one call: a certificate is longer than the stack.
  const binary = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("")
  return [0, 1, 2]
    .map((offset) => {
      const shifted = "\0".repeat(offset) + binary
      return btoa(shifted).slice(Math.ceil((offset * 8) / 6), Math.floor((shifted.length * 8) / 6))
    })
    .filter(({ length }) => length >= minCoreLength)
    .flatMap((core) => [core, core.replaceAll("+", "-").replaceAll("/", "_")])
}
