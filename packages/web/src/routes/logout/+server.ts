/** Signing out: the session ends at the API and in the browser, even when the API is away. */
import { redirect } from "@sveltejs/kit"
import { attempt } from "#lib/server/api.ts"
import { clearSession } from "#lib/server/session.ts"
import type { RequestHandler } from "./$types"

export const POST: RequestHandler = async (event) => {
  await attempt(event, (api) => api.auth.logout())
  clearSession(event.cookies, event.url)
  redirect(303, "/login")
}
