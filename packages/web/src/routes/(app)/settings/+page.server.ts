/** Who you are here, and how you like to see it. */
import { writePreferences } from "#lib/server/preferences.ts"
import type { Actions, PageServerLoad } from "./$types"

export const load: PageServerLoad = () => ({ title: "Settings" })

export const actions: Actions = {
  preferences: async ({ request, cookies, url }) => {
    writePreferences(cookies, await request.formData(), url.protocol === "https:")
    return { done: true }
  }
}
