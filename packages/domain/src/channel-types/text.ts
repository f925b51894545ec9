/**
 * Texts made fit for a receiver: no longer than it takes, and without anything in a monitor's name or in a target's words
 * that it would take for markup, a link or a mention.
 */

const graphemes = new Intl.Segmenter("en")

/** At most `length` UTF-16 code units, the strictest way to count; a letter with its marks is never cut in two. */
export const cut = (text: string, length: number): string => {
  if (text.length <= length) return text
  const part = text.slice(0, length + maxGrapheme)
  const end = graphemes.segment(part).containing(length - 1)?.index ?? length - 1
  return `${text.slice(0, end).trimEnd()}\u2026`
}

/** Longer clusters are made to annoy. */
const maxGrapheme = 64

/** At most `bytes` of UTF-8. */
export const cutBytes = (text: string, bytes: number): string => {
  const size = (part: string): number => new TextEncoder().encode(part).length
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
