/** Alive, whatever else is: for supervisors that restart what does not answer. */
import type { RequestHandler } from "./$types"

export const GET: RequestHandler = () => Response.json({ status: "ok" })
