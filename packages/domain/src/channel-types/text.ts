/**
 * Texts made fit for a receiver: no longer than it takes, and without anything in a monitor's name or in a target's words
 * that it would take for markup, a link or a mention.
 */

const graphemes = new Intl.Segmenter("en")

/**
 * At most `length` UTF-16 code units, the strictest way to count; a letter with its marks is never cut in two. `mark` says
 * that something is missing.
 */
export const cut = (text: string, length: number, mark = "\u2026"): string => {
  if (text.length <= length) return text
  const room = length - mark.length
  const part = text.slice(0, length + maxGrapheme)
  const end = graphemes.segment(part).containing(room)?.index ?? room
  return `${text.slice(0, end).trimEnd()}${mark}`
}

/** Longer clusters are made to annoy. */
const maxGrapheme = 64

export const utf8Bytes = (text: string): number => new TextEncoder().encode(text).length

/** Bytes between the quotes of JSON, where some characters are written as two or six. */
export const jsonBytes = (text: string): number => utf8Bytes(JSON.stringify(text)) - 2

/** At most `bytes` of UTF-8, or as `size` counts. */
export const cutBytes = (text: string, bytes: number, size: (text: string) => number = utf8Bytes): string => {
  if (size(text) <= bytes) return text
  let fits = 0
  let fails = Math.min(text.length, bytes) + 1
  while (fails - fits > 1) {
    const length = (fits + fails) >> 1
    if (size(cut(text, length)) <= bytes) fits = length
    else fails = length
  }
  return fits === 0 ? "" : cut(text, fits)
}

/** HTML: text and attribute values in double quotes. */
export const html = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;")

/** Slack's mrkdwn: three characters begin links, mentions and commands (manual, "Formatting text for app surfaces"). */
export const mrkdwn = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;")

/** Markdown where a backslash makes a character plain (CommonMark section 2.4): those that every dialect knows. */
export const markdown = (text: string): string => text.replaceAll(/[\\`*_{}[\]()#+\-.!|~>]/g, "\\$&")

const joiner = "\u2060"

/**
 * Where nothing makes a character plain: an invisible word joiner (U+2060) on both sides of each of `marks` keeps it from
 * beginning or ending anything. `@` is always among them.
 */
export const inert = (text: string, marks = ""): string =>
  text.replaceAll(/./gsu, (it) => (it === "@" || marks.includes(it) ? `${joiner}${it}${joiner}` : it))
