/** The head of our request: exactly the lines we mean, whatever the tenant's fields hold. */
import type { ExchangeRequest } from "@v-insight/domain/monitor-types/Dialer"

/** Ours alone: they frame the message or manage the connection. */
const framing = new Set(["connection", "content-length", "host", "transfer-encoding"])
/** Methods whose requests have content, so that an absent body is said to be empty (RFC 9110 section 8.6). */
const withContent = new Set(["POST", "PUT", "PATCH"])
/** Any token (RFC 9110 section 9.1) but the one that would turn the connection into a tunnel. */
const validMethod = /^(?!CONNECT$)[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,32}$/
const validName = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
const forbiddenInLine = /[^\t\x20-\x7e\x80-\xff]/

/** Latin-1 text up to and with the empty line; undefined when it cannot be sent. */
export const requestHead = ({ body, headers, method, url }: ExchangeRequest): string | undefined => {
  const target = url.pathname + url.search
  if (!validMethod.test(method) || forbiddenInLine.test(target) || forbiddenInLine.test(url.host)) return undefined
  let text = `${method} ${target} HTTP/1.1\r\nHost: ${url.host}\r\nConnection: close\r\n`
  for (const [name, value] of headers) {
    if (!validName.test(name) || framing.has(name.toLowerCase()) || forbiddenInLine.test(value)) return undefined
    text += `${name}: ${value}\r\n`
  }
  if (body !== undefined || withContent.has(method)) text += `Content-Length: ${body?.length ?? 0}\r\n`
  return `${text}\r\n`
}
