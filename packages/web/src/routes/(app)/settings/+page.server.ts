/** Who you are here, and how you like to see it. */
import { redirect } from "@sveltejs/kit"
import { text } from "#lib/server/forms.ts"
import { writePreferences } from "#lib/server/preferences.ts"
import { safeNext } from "#lib/server/signIn.ts"
import type { Actions, PageServerLoad } from "./$types"

export const load: PageServerLoad = () => ({ title: "Settings" })

export const actions: Actions = {
  preferences: async ({ request, cookies, url }) => {
    const form = await request.formData()
    writePreferences(cookies, form, url.protocol === "https:")
    // With JS the page has changed its looks already, and stays.
    if (request.headers.has("x-sveltekit-action")) return { done: true }
    redirect(303, safeNext(text(form, "back")))
  }
}
