/** Headers that every answer of the web server carries. The content security policy is kit's, see vite.config.ts. */
const secondsPerYear = 365 * 86_400

/** One id follows a request through web, API and logs. Strangers may choose it, so its shape is checked. */
export const requestIdOf = (headers: Headers): string => {
  const given = headers.get("x-request-id")
  return given !== null && /^[\w-]{8,64}$/.test(given) ? given : crypto.randomUUID()
}

export const harden = (response: Response, requestId: string, url: URL): Response => {
  // Answers that came from fetch have immutable headers.
  const headers = new Headers(response.headers)
  headers.set("x-request-id", requestId)
  headers.set("x-content-type-options", "nosniff")
  headers.set("referrer-policy", "strict-origin-when-cross-origin")
  headers.set("cross-origin-opener-policy", "same-origin")
  headers.set("cross-origin-resource-policy", "same-origin")
  headers.set("permissions-policy", "camera=(), microphone=(), geolocation=()")
  if (url.protocol === "https:") headers.set("strict-transport-security", `max-age=${secondsPerYear}`)
  if (!headers.has("cache-control")) headers.set("cache-control", "private, no-store")
  return new Response(response.body, { status: response.status, headers })
}
