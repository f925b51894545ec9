/** Between HTML forms and the API: fields out of FormData, refusals back into the page. */
import { fail, redirect, type RequestEvent } from "@sveltejs/kit"
import type { Problem } from "#lib/api/problem.ts"
import { signInUrl } from "./signIn.ts"

/** A field as text, "" where it is absent. Files are not expected anywhere. */
export const text = (form: FormData, name: string): string => {
  const value = form.get(name)
  return typeof value === "string" ? value : ""
}

export const trimmed = (form: FormData, name: string): string => text(form, name).trim()

export const texts = (form: FormData, name: string): ReadonlyArray<string> =>
  form.getAll(name).filter((value): value is string => typeof value === "string" && value !== "")

/** Comma or line separated, without repeats. */
export const list = (form: FormData, name: string): ReadonlyArray<string> => [
  ...new Set(
    text(form, name)
      .split(/[,\n]/)
      .map((item) => item.trim())
      .filter(Boolean)
  )
]

/** What the form said goes back with the problem, so that nothing has to be typed again. Passwords never do. */
export const refuse = <V extends Record<string, unknown>>(
  event: Pick<RequestEvent, "url">,
  problem: Problem,
  values: V
) => {
  if (problem.status === 401) redirect(303, signInUrl(event.url))
  return fail(problem.status, { problem, values })
}
