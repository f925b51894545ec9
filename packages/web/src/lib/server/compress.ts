/** Rendered pages are compressed here: adapter-node compresses files on disk only. Event streams are left alone. */
export const compress = (request: Request, response: Response): Response => {
  const type = response.headers.get("content-type") ?? ""
  if (
    response.body === null ||
    response.headers.has("content-encoding") ||
    !/^(text\/html|application\/json)/.test(type)
  ) {
    return response
  }
  const encoding = encodingFor(request.headers.get("accept-encoding") ?? "")
  const headers = new Headers(response.headers)
  headers.append("vary", "accept-encoding")
  if (encoding === undefined) return new Response(response.body, { status: response.status, headers })
  headers.set("content-encoding", encoding)
  headers.delete("content-length")
  // A strong ETag names the bytes before compression.
  headers.delete("etag")
  return new Response(response.body.pipeThrough(new CompressionStream("gzip")), { status: response.status, headers })
}

/** gzip only: at page sizes brotli's default level costs ten times the CPU for a few percent. */
const encodingFor = (accepted: string): "gzip" | undefined =>
  accepted.split(",").some((part) => /^\s*gzip\s*(;\s*q=(?!0(\.0*)?\s*$).*)?$/i.test(part)) ? "gzip" : undefined
