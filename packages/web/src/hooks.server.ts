/** Every request passes here: who asks, what they prefer, whether it is forged; and every answer leaves hardened. */
import type { Handle, HandleFetch, HandleServerError } from "@sveltejs/kit/hooks"
import { VINSIGHT_API_URL, VINSIGHT_PROXY_SECRET } from "$app/env/private"
import { compress } from "#lib/server/compress.ts"
import { forgedResponse, isForged } from "#lib/server/guard.ts"
import { log } from "#lib/server/log.ts"
import { fillShell, readPreferences } from "#lib/server/preferences.ts"
import { callerHeaders } from "#lib/server/proxy.ts"
import { harden, requestIdOf } from "#lib/server/response.ts"
import { hasSession } from "#lib/server/session.ts"

export const handle: Handle = async ({ event, resolve }) => {
  const preferences = readPreferences(event.cookies)
  Object.assign(event.locals, preferences, {
    requestId: requestIdOf(event.request.headers),
    hasSession: hasSession(event.cookies)
  })
  const response = isForged(event.request, event.url, event.locals.hasSession)
    ? forgedResponse(event.locals.requestId)
    : await resolve(event, {
        transformPageChunk: ({ html }) => fillShell(html, preferences),
        // Of the font only what every page needs; the other subsets come when their letters do.
        preload: ({ type, path }) => type !== "font" || path.includes("archivo-latin-wght")
      })
  return compress(event.request, harden(response, event.locals.requestId, event.url))
}

/** What pages ask of the API goes straight to it, as the browser that asked us. */
export const handleFetch: HandleFetch = ({ event, request, fetch }) => {
  if (!request.url.startsWith(`${VINSIGHT_API_URL}/`)) return fetch(request)
  const headers = new Headers(request.headers)
  const cookie = event.request.headers.get("cookie")
  if (cookie !== null) headers.set("cookie", cookie)
  const caller = {
    apiUrl: VINSIGHT_API_URL,
    proxySecret: VINSIGHT_PROXY_SECRET,
    requestId: event.locals.requestId,
    clientAddress: event.getClientAddress(),
    url: event.url
  }
  for (const [name, value] of Object.entries(callerHeaders(caller))) headers.set(name, value)
  return globalThis.fetch(new Request(request, { headers }))
}

export const handleError: HandleServerError = ({ event, error, kind }) => {
  const requestId = event.locals.requestId
  if (kind === "unknown") {
    log("error", "a page failed", { requestId, path: event.url.pathname, error: String(error) })
    return { message: "Something went wrong on our side.", requestId }
  }
  return { message: error.message, requestId }
}
