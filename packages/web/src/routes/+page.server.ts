/** The front door: to the monitors, or to signing in, or to making the first account. */
import { redirect } from "@sveltejs/kit"
import { attempt } from "#lib/server/api.ts"
import type { PageServerLoad } from "./$types"

export const load: PageServerLoad = async (event) => {
  if (event.locals.hasSession) redirect(303, "/monitors")
  const signUp = await attempt(event, (api) => api.auth.signUp())
  redirect(303, signUp.ok && signUp.value.isOpen && signUp.value.mode === "first" ? "/register" : "/login")
}
