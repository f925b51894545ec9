/** The first account, or any account where sign-up is open. */
import { redirect } from "@sveltejs/kit"
import { Register } from "@v-insight/domain/api/Auth"
import { Effect } from "effect"
import { attempt } from "#lib/server/api.ts"
import { refuse, text, trimmed } from "#lib/server/forms.ts"
import { read } from "#lib/server/payload.ts"
import { setSession } from "#lib/server/session.ts"
import type { Actions, PageServerLoad } from "./$types"

export const load: PageServerLoad = async (event) => {
  const signUp = await attempt(event, (api) => api.auth.signUp())
  return {
    title: "Create an account",
    isOpen: signUp.ok ? signUp.value.isOpen : true,
    isFirst: signUp.ok && signUp.value.mode === "first"
  }
}

export const actions: Actions = {
  default: async (event) => {
    const form = await event.request.formData()
    const values = { email: trimmed(form, "email"), tenantName: trimmed(form, "tenantName") }
    const { email, tenantName } = values
    const said = { email, password: text(form, "password"), ...(tenantName === "" ? {} : { tenantName }) }
    const answer = await attempt(event, (api) =>
      Effect.flatMap(read(Register, said), (payload) => api.auth.register({ payload }))
    )
    if (!answer.ok) return refuse(event, answer.problem, values)
    setSession(event.cookies, event.url, answer.value)
    redirect(303, "/welcome")
  }
}
