/**
 * Streams a request to the API and its answer back: no buffering, no parsing, no CORS. What the client says of itself
 * in forwarding headers is dropped; the API hears it from us, with the secret that makes it believe us.
 */

/** Meant for one connection only (RFC 9110 section 7.6.1). */
const hopByHop = new Set([
  "connection",
  "expect",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade"
])
const droppedFromRequest =
  /^(host|content-length|accept-encoding|forwarded|x-forwarded-.*|x-real-ip|x-request-id|x-vinsight-.*)$/
/** fetch has decoded the body already. */
const droppedFromResponse = new Set(["content-encoding", "content-length", "set-cookie"])
const withoutBody = new Set([204, 205, 304])

export interface Caller {
  /** Where the API listens, without a slash at the end. */
  readonly apiUrl: string
  readonly proxySecret: string
  readonly requestId: string
  readonly clientAddress: string
  /** The URL as the browser sees it. */
  readonly url: URL
}

/** What the API must know of the browser behind us. */
export const callerHeaders = (caller: Caller): Record<string, string> => ({
  "x-request-id": caller.requestId,
  "x-forwarded-for": caller.clientAddress,
  "x-forwarded-proto": caller.url.protocol.slice(0, -1),
  "x-forwarded-host": caller.url.host,
  ...(caller.proxySecret === "" ? {} : { "x-vinsight-proxy": caller.proxySecret })
})

export const isProxied = (path: string): boolean => path.startsWith("/api/v1/") || path.startsWith("/api/public/")

export const proxy = async (request: Request, caller: Caller, send: typeof fetch = fetch): Promise<Response> => {
  if (!isProxied(caller.url.pathname))
    return refusal(404, "NOT_FOUND", "There is no such thing here.", caller.requestId)
  const hasBody = request.method !== "GET" && request.method !== "HEAD" && request.body !== null
  try {
    const answer = await send(`${caller.apiUrl}${caller.url.pathname}${caller.url.search}`, {
      method: request.method,
      headers: requestHeaders(request.headers, caller),
      redirect: "manual",
      signal: request.signal,
      ...(hasBody ? { body: request.body, duplex: "half" } : {})
    } as RequestInit)
    return new Response(withoutBody.has(answer.status) ? null : answer.body, {
      status: answer.status,
      headers: responseHeaders(answer.headers)
    })
  } catch (cause) {
    if (request.signal.aborted) return new Response(null, { status: 499 })
    if (isTooLarge(cause)) {
      return refusal(413, "PAYLOAD_TOO_LARGE", "The request body is larger than 1 MiB.", caller.requestId)
    }
    return unreachable(caller.requestId)
  }
}

export const unreachable = (requestId: string): Response =>
  refusal(502, "UNAVAILABLE", "The API is not reachable. Try again in a moment.", requestId, { "retry-after": "2" })

const refusal = (
  status: number,
  code: string,
  message: string,
  requestId: string,
  headers: Record<string, string> = {}
): Response =>
  Response.json({ data: null, error: { code, message, details: { requestId } }, meta: {} }, { status, headers })

const requestHeaders = (given: Headers, caller: Caller): Headers => {
  const named = namedByConnection(given)
  const headers = new Headers()
  for (const [name, value] of given) {
    if (!hopByHop.has(name) && !named.has(name) && !droppedFromRequest.test(name)) headers.append(name, value)
  }
  for (const [name, value] of Object.entries(callerHeaders(caller))) headers.set(name, value)
  // Compressing between two processes of one machine buys nothing and would delay events.
  headers.set("accept-encoding", "identity")
  return headers
}

const responseHeaders = (given: Headers): Headers => {
  const named = namedByConnection(given)
  const headers = new Headers()
  for (const [name, value] of given) {
    if (!hopByHop.has(name) && !named.has(name) && !droppedFromResponse.has(name)) headers.append(name, value)
  }
  for (const cookie of given.getSetCookie()) headers.append("set-cookie", cookie)
  return headers
}

const namedByConnection = (headers: Headers): ReadonlySet<string> =>
  new Set((headers.get("connection") ?? "").split(",").map((name) => name.trim().toLowerCase()))

/** Kit errors the body's stream past its limit; fetch reports that as its cause. */
const isTooLarge = (cause: unknown): boolean =>
  typeof cause === "object" &&
  cause !== null &&
  (("status" in cause && cause.status === 413) || ("cause" in cause && isTooLarge(cause.cause)))
