/**
 * Cross-site request forgery: what changes something on the strength of a cookie, or signs somebody in, must come from
 * one of our own pages. A bearer token is proof by itself, and so is nothing at all: without a cookie the API refuses.
 */
const safeMethods = new Set(["GET", "HEAD", "OPTIONS"])

export const isForged = (request: Request, own: URL, hasSession: boolean): boolean => {
  if (safeMethods.has(request.method)) return false
  if (/^bearer /i.test(request.headers.get("authorization") ?? "")) return false
  if (!hasSession && own.pathname.startsWith("/api/")) return false
  const origin = request.headers.get("origin")
  return origin === null ? request.headers.get("sec-fetch-site") !== "same-origin" : origin !== own.origin
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
