/**
 * What strangers sent, made fit to be stored and shown: PostgreSQL's jsonb takes neither NUL nor halves of surrogate
 * pairs, terminals act on escapes, and marks of direction turn sentences around.
 */

/** At most `length` UTF-16 code units, on one line. */
export const plainText = (text: string, length: number): string => {
  const line = withoutControls(text.slice(0, length + 1).replaceAll(/[\t\n\r\u2028\u2029]+/g, " "))
  // Line breaks that became one blank may have made room for what was cut off.
  const isCut = line.length > length || text.length > length + 1
  return isCut ? `${line.slice(0, length - 1).toWellFormed()}\u2026` : line
}

/** Keeps line breaks and tabs; every other control character becomes U+FFFD. */
export const withoutControls = (text: string): string =>
  text.replaceAll(/(?![\t\n\r])[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu, "\ufffd").toWellFormed()
