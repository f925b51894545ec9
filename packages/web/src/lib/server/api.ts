/**
 * The API for pages and form actions: the typed client derived from the contract, through kit's fetch, so that the
 * browser's session and the request's id go along (handleFetch in hooks.server.ts).
 */
import { error, redirect, type RequestEvent } from "@sveltejs/kit"
import { Api } from "@v-insight/domain/api/Api"
import { Authorization } from "@v-insight/domain/api/Authorization"
import { Cause, Effect, Exit, Layer } from "effect"
import { FetchHttpClient } from "effect/http"
import { HttpApiClient, HttpApiMiddleware } from "effect/http-api"
import { VINSIGHT_API_URL } from "$app/env/private"
import type { Problem } from "#lib/api/problem.ts"
import { log } from "./log.ts"
import { problemOf } from "./problem.ts"
import { signInUrl } from "./signIn.ts"

/** A page waits no longer for the API; a check that is tried may take its own 60 s and 5 more. */
const patienceMs = 70_000

/** The credential is the session cookie, which handleFetch sends along. */
const authorization = HttpApiMiddleware.layerClient(Authorization, ({ next, request }) => next(request))

const makeClient = HttpApiClient.make(Api, { baseUrl: VINSIGHT_API_URL }).pipe(
  Effect.provide(Layer.merge(FetchHttpClient.layer, authorization))
)
const client = Effect.runSync(makeClient)
type Client = typeof client

export type Answer<A> = { readonly ok: true; readonly value: A } | { readonly ok: false; readonly problem: Problem }

/** Asks the API; a refusal is a value. */
export const attempt = async <A, E>(
  event: Pick<RequestEvent, "fetch" | "locals" | "request">,
  use: (api: Client) => Effect.Effect<A, E>
): Promise<Answer<A>> => {
  const exit = await Effect.runPromiseExit(
    use(client).pipe(Effect.timeout(patienceMs), Effect.provideService(FetchHttpClient.Fetch, event.fetch)),
    { signal: event.request.signal }
  )
  if (Exit.isSuccess(exit)) return { ok: true, value: exit.value }
  const { requestId } = event.locals
  const problem = problemOf(Cause.squash(exit.cause), requestId)
  // Who has left is not waiting: that says nothing of the API.
  if (problem.status >= 500 && !event.request.signal.aborted)
    log("warn", "the API did not answer", { requestId, code: problem.code, cause: reasonOf(exit.cause) })
  return { ok: false, problem }
}

/** Asks the API for what a page cannot do without: a refusal becomes the sign-in page or an error page. */
export const ask = async <A, E>(
  event: Pick<RequestEvent, "fetch" | "locals" | "request" | "url">,
  use: (api: Client) => Effect.Effect<A, E>
): Promise<A> => {
  const answer = await attempt(event, use)
  if (answer.ok) return answer.value
  if (answer.problem.status === 401) redirect(303, signInUrl(event.url))
  const { status, message, code, requestId } = answer.problem
  error(status, message, { code, requestId })
}

/** Tags only: causes of HTTP clients carry requests, and requests carry secrets. */
const reasonOf = (cause: Cause.Cause<unknown>): string => {
  const failure = Cause.squash(cause)
  if (typeof failure !== "object" || failure === null) return String(failure)
  const tag = "_tag" in failure ? String(failure._tag) : failure.constructor.name
  const reason =
    "reason" in failure && typeof failure.reason === "object" ? (failure.reason as { _tag?: string })._tag : undefined
  return reason === undefined ? tag : `${tag} ${reason}`
}
