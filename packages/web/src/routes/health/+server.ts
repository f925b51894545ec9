/** Is the web server alive, and does it reach the API? */
import { VINSIGHT_API_URL } from "$app/env/private"
import type { RequestHandler } from "./$types"

const patienceMs = 2000

export const GET: RequestHandler = async () => {
  const api = await fetch(`${VINSIGHT_API_URL}/health/live`, { signal: AbortSignal.timeout(patienceMs) }).then(
    (answer) => answer.ok,
    () => false
  )
  return Response.json({ status: api ? "ok" : "degraded", dependencies: { api } }, { status: api ? 200 : 503 })
}
