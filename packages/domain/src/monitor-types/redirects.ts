/**
 * A request and the redirects it leads to (RFC 9110 section 15.4), within one time limit. What the tenant configured
 * stays with the origin it was configured for.
 */
import { Effect } from "effect"
import type { CheckError } from "../model/CheckOutcome.ts"
import type { Dialer, ExchangeRequest, ExchangeResult, Phase } from "./Dialer.ts"
import { explain, portOf } from "./explain.ts"

/** Hops followed before we call it a loop; browsers stop at 20, health checks have no business beyond this. */
export const maxRedirects = 5

export interface Followed {
  /** Of the last hop. */
  readonly result: ExchangeResult
  /** The exchange failed, or its redirect cannot be followed. */
  readonly error: CheckError | null
  /** Of all hops: a phase's time is what all of them spent in it. */
  readonly phases: Readonly<Partial<Record<Phase, number>>>
  readonly totalUs: number
  /** Where redirects led, in order; the last one is what answered. */
  readonly redirects: ReadonlyArray<string>
}

export const follow = Effect.fnUntraced(function* (
  dialer: Dialer["Service"],
  first: ExchangeRequest,
  mayFollow: boolean,
  /** Whether a redirect to another origin would take along what is secret. */
  tells: (location: URL) => boolean = () => false
): Effect.fn.Return<Followed> {
  let request = first
  let spent = noPhases
  const redirects: Array<string> = []
  while (true) {
    const timeoutMs = Math.max(1, first.timeoutMs - Math.round(spent.totalUs / 1000))
    const result = yield* dialer.exchange(spent === noPhases ? first : { ...request, timeoutMs })
    spent = addPhases(spent, result)
    const end = (error: CheckError | null): Followed => ({ ...spent, result, error, redirects })
    if (result.failure !== undefined) return end(explain(result.failure, request.url.hostname, portOf(request.url)))
    const response = result.response!
    const location = mayFollow ? redirectTarget(response, request.url) : undefined
    if (location === undefined) return end(null)
    if (location === "invalid") {
      return end({ code: "bad_redirect", message: "The redirect has no usable Location." })
    }
    if (redirects.length >= maxRedirects) {
      return end({
        code: "too_many_redirects",
        message: `More than ${maxRedirects} redirects; the last one points to ${location.host}.`
      })
    }
    const next = redirected(request, response.status, location)
    if (next.body !== undefined && !isSamePlace(request.url, location)) {
      return end({
        code: "redirect_with_body",
        message: `The redirect would send the body to another origin, ${location.host}. Write that URL if this is meant.`
      })
    }
    if (!isSamePlace(request.url, location) && tells(location)) {
      return end({
        code: "redirect_with_variable",
        message: `The redirect would send a variable to another origin, ${location.host}. Write that URL if this is meant.`
      })
    }
    redirects.push(location.href)
    request = next
  }
})

const redirectTarget = (response: NonNullable<ExchangeResult["response"]>, base: URL): URL | "invalid" | undefined => {
  if (![301, 302, 303, 307, 308].includes(response.status)) return undefined
  const location = response.headers.find(([name]) => name === "location")?.[1]
  if (location === undefined) return undefined // a 3xx without Location is the answer itself
  if (!URL.canParse(location, base.href)) return "invalid"
  const url = new URL(location, base)
  return url.protocol === "http:" || url.protocol === "https:" ? url : "invalid"
}

/** Bodies and URLs may hold a password: an open redirect must not pass it on. The same host over TLS is the same host. */
const isSamePlace = (from: URL, to: URL): boolean =>
  from.origin === to.origin || (to.protocol === "https:" && to.port === "" && to.hostname === from.hostname)

/** Methods and bodies as RFC 9110 section 15.4 has it; another origin gets nothing that the tenant configured. */
const redirected = (request: ExchangeRequest, status: number, url: URL): ExchangeRequest => {
  const becomesGet = status === 303 ? request.method !== "HEAD" : status <= 302 && request.method === "POST"
  const isSameOrigin = url.origin === request.url.origin
  return {
    ...request,
    url,
    method: becomesGet ? "GET" : request.method,
    body: becomesGet ? undefined : request.body,
    headers: isSameOrigin ? request.headers : request.headers.filter(([name]) => /^(user-agent|accept)$/i.test(name)),
    tls: isSameOrigin || request.tls === undefined ? request.tls : { ...request.tls, identity: undefined }
  }
}

/** What every request says of itself, unless it says something else. */
export const defaultHeaders = (
  given: ReadonlyArray<readonly [name: string, value: string]>
): ReadonlyArray<readonly [name: string, value: string]> =>
  [["User-Agent", "V-Insight"] as const, ["Accept", "*/*"] as const].filter(
    ([name]) => !given.some(([other]) => other.toLowerCase() === name.toLowerCase())
  )

export const noPhases: { readonly phases: Partial<Record<Phase, number>>; readonly totalUs: number } = {
  phases: {},
  totalUs: 0
}

export const addPhases = (spent: typeof noPhases, result: typeof noPhases): typeof noPhases => {
  if (spent === noPhases) return result
  const phases = { ...spent.phases }
  for (const [phase, us] of Object.entries(result.phases) as Array<[Phase, number]>)
    phases[phase] = (phases[phase] ?? 0) + us
  return { phases, totalUs: spent.totalUs + result.totalUs }
}
