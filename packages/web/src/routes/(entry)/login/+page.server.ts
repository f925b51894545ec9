/** Signing in. */
import { fail, redirect } from "@sveltejs/kit"
import { Login } from "@v-insight/domain/api/Auth"
import { Effect } from "effect"
import { attempt } from "#lib/server/api.ts"
import { text, trimmed } from "#lib/server/forms.ts"
import { read } from "#lib/server/payload.ts"
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
    const said = { email, password: text(form, "password") }
    const answer = await attempt(event, (api) =>
      Effect.flatMap(read(Login, said), (payload) => api.auth.login({ payload }))
    )
    if (!answer.ok) {
      const { problem } = answer
      const message = "E-mail or password is not right."
      return fail(problem.status, {
        problem: problem.status === 401 ? { ...problem, message } : problem,
        values: { email }
      })
    }
    setSession(event.cookies, event.url, answer.value)
    redirect(303, safeNext(text(form, "next") || null))
  }
}
