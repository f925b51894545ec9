/** The head of an HTTP/1.x response as text, taken apart strictly, and how it says its body is delimited. */

/** Why a response is refused; `detail` quotes the peer, escaped and short. */
export class ResponseFault {
  readonly cause: ResponseFaultCause
  readonly detail: string

  constructor(cause: ResponseFaultCause, detail: string) {
    this.cause = cause
    this.detail = detail
  }
}

export type ResponseFaultCause =
  | "not_http" // the first bytes are not an HTTP/1 status line
  | "bad_header" // folded, bare CR or LF, control characters, no colon
  | "headers_too_large" // the budget is spent
  | "bad_framing" // contradictory or unknown Content-Length or Transfer-Encoding
  | "bad_chunk" // malformed chunked coding
  | "unexpected_upgrade" // 101 without being asked
  | "empty" // closed before any byte
  | "closed_early" // closed before the response was complete

export type Header = readonly [name: string, value: string]

export interface ResponseHead {
  readonly version: "1.0" | "1.1"
  readonly status: number
  /** Names in lower case, in order of arrival, values as Latin-1 text. */
  readonly headers: ReadonlyArray<Header>
}

/** How the body ends: at once, after so many bytes, with the last chunk, or with the connection. */
export type Framing = number | "chunked" | "until_close"

const statusLine = /^HTTP\/1\.([01]) ([1-9]\d\d)(?: (.*))?$/
const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
const forbiddenInText = /[^\t\x20-\x7e\x80-\xff]/
const space = 0x20
const tab = 0x09

export const quote = (text: string): string => JSON.stringify(text.slice(0, 40))

export const isText = (text: string): boolean => !forbiddenInText.test(text)

/** `text` is everything before the empty line, with CRLF line ends. */
export const parseHead = (text: string): ResponseHead | ResponseFault => {
  const lines = text.split("\r\n")
  const first = lines[0]!
  const match = statusLine.exec(first)
  if (match === null || !isText(first)) return new ResponseFault("not_http", `status line ${quote(first)}`)
  const headers: Array<Header> = []
  for (let index = 1; index < lines.length; index++) {
    const header = parseHeader(lines[index]!)
    if (header === undefined) return new ResponseFault("bad_header", quote(lines[index]!))
    headers.push(header)
  }
  return { version: match[1] === "1" ? "1.1" : "1.0", status: Number(match[2]), headers }
}

/** One `name: value` line. Folded lines are none, because a name cannot start with a blank. */
export const parseHeader = (line: string): Header | undefined => {
  const colon = line.indexOf(":")
  if (colon < 1) return undefined
  const name = line.slice(0, colon)
  let from = colon + 1
  let to = line.length
  // By hand: a regular expression that trims is quadratic in runs of blanks.
  while (from < to && isBlank(line.charCodeAt(from))) from++
  while (to > from && isBlank(line.charCodeAt(to - 1))) to--
  const value = line.slice(from, to)
  return token.test(name) && isText(value) ? [name.toLowerCase(), value] : undefined
}

const isBlank = (code: number): boolean => code === space || code === tab

/** RFC 9112 section 6.3, with every ambiguity refused. */
export const framingOf = (head: ResponseHead, method: string): Framing | ResponseFault => {
  if (method === "HEAD" || head.status === 204 || head.status === 304) return 0
  let length: string | undefined
  let coding: string | undefined
  for (const [name, value] of head.headers) {
    if (name === "content-length") {
      if (!/^\d{1,15}$/.test(value) || (length ?? value) !== value)
        return contradictory(`Content-Length ${quote(value)}`)
      length = value
    } else if (name === "transfer-encoding") {
      if (coding !== undefined || value.toLowerCase() !== "chunked")
        return contradictory(`Transfer-Encoding ${quote(value)}`)
      coding = value
    }
  }
  if (coding === undefined) return length === undefined ? "until_close" : Number(length)
  if (length !== undefined) return contradictory("both Content-Length and Transfer-Encoding")
  if (head.version === "1.0") return contradictory("Transfer-Encoding in HTTP/1.0")
  return "chunked"
}

const contradictory = (detail: string): ResponseFault => new ResponseFault("bad_framing", detail)
