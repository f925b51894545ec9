/**
 * Cross-site request forgery: what changes something on the strength of a cookie, or signs somebody in, must come from
 * one of our own pages. A bearer token is proof by itself. Programs without a cookie may ask the API: they say nothing
 * of an origin, while a browser does, so that another site cannot sign its visitors in to an account of its own.
 */
/** Calls of jobs: the token in the path is the whole credential, and whoever knows it may call from anywhere. */
const calls = "/api/v1/heartbeats/"

const safeMethods = new Set(["GET", "HEAD", "OPTIONS"])

export const isForged = (request: Request, own: URL, hasSession: boolean): boolean => {
  if (safeMethods.has(request.method) || own.pathname.startsWith(calls)) return false
  if (/^bearer /i.test(request.headers.get("authorization") ?? "")) return false
  const origin = request.headers.get("origin")
  if (origin !== null) return origin !== own.origin
  const site = request.headers.get("sec-fetch-site")
  if (site !== null) return site !== "same-origin"
  return hasSession || !own.pathname.startsWith("/api/")
}

export const forgedResponse = (requestId: string): Response =>
  Response.json(
    {
      data: null,
      error: {
        code: "FORBIDDEN",
        message: "This request did not come from a page of V-Insight. Reload the page and try again.",
        details: { requestId }
      },
      meta: {}
    },
    { status: 403 }
  )
