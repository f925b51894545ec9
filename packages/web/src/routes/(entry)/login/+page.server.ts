/** Signing in. */
import { fail, redirect } from "@sveltejs/kit"
import { attempt } from "#lib/server/api.ts"
import { text, trimmed } from "#lib/server/forms.ts"
import { setSession } from "#lib/server/session.ts"
import { safeNext } from "#lib/server/signIn.ts"
import type { Actions, PageServerLoad } from "./$types"

export const load: PageServerLoad = async (event) => {
  const signUp = await attempt(event, (api) => api.auth.signUp())
  return { title: "Sign in", isOpen: signUp.ok && signUp.value.isOpen, next: event.url.searchParams.get("next") }
}

export const actions: Actions = {
  default: async (event) => {
    const form = await event.request.formData()
    const email = trimmed(form, "email")
    const answer = await attempt(event, (api) => api.auth.login({ payload: { email, password: text(form, "password") } }))
    if (!answer.ok) {
      const { problem } = answer
      const message = "E-mail or password is not right."
      return fail(problem.status, { problem: problem.status === 401 ? { ...problem, message } : problem, values: { email } })
    }
    setSession(event.cookies, event.url, answer.value)
    redirect(303, safeNext(text(form, "next") || null))
  }
}
