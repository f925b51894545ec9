/** The browser speaks to one origin: `/api/v1/` and `/api/public/` are handed on to the API. */
import { VINSIGHT_API_URL, VINSIGHT_PROXY_SECRET } from "$app/env/private"
import { proxy } from "#lib/server/proxy.ts"
import type { RequestHandler } from "./$types"

const forward: RequestHandler = ({ request, url, locals, getClientAddress }) =>
  proxy(request, {
    apiUrl: VINSIGHT_API_URL,
    proxySecret: VINSIGHT_PROXY_SECRET,
    requestId: locals.requestId,
    clientAddress: getClientAddress(),
    url
  })

export const GET = forward
export const HEAD = forward
export const POST = forward
export const PUT = forward
export const PATCH = forward
export const DELETE = forward
export const OPTIONS = forward
