/** The API in the browser: fetch, the envelope, and nothing else. Types come from the contract and cost no bytes. */
import type { Problem } from "./problem.ts"

export class Refused extends Error {
  readonly problem: Problem
  constructor(problem: Problem) {
    super(problem.message)
    this.problem = problem
  }
}

/** Answers `{ data, meta }` of the envelope, or throws `Refused`. */
export const call = async <A>(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<A> => {
  const response = await send(method, path, body, signal)
  return (await response.json()) as A
}

/** The same for an answer that is read as it comes. */
export const send = async (method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<Response> => {
  const response = await fetch(`/api/v1${path}`, {
    method,
    ...(body === undefined ? {} : { headers: { "content-type": "application/json" }, body: JSON.stringify(body) }),
    ...(signal === undefined ? {} : { signal })
  }).catch((cause: unknown) => {
    if (signal?.aborted) throw cause
    throw new Refused({ ...unreachable, requestId: "" })
  })
  if (response.ok) return response
  const envelope = (await response.json().catch(() => null)) as { error?: Wire } | null
  throw new Refused({
    status: response.status,
    code: envelope?.error?.code ?? "UNKNOWN",
    message: envelope?.error?.message ?? `The server answered ${response.status}. Try again in a moment.`,
    issues: envelope?.error?.details?.issues ?? [],
    retryAfterSeconds: envelope?.error?.details?.retryAfterSeconds ?? null,
    requestId: response.headers.get("x-request-id") ?? ""
  })
}

interface Wire {
  readonly code: string
  readonly message: string
  readonly details?: { readonly issues?: Problem["issues"]; readonly retryAfterSeconds?: number }
}

const unreachable = {
  status: 503,
  code: "UNAVAILABLE",
  message: "The server is not reachable. Check your connection and try again.",
  issues: [],
  retryAfterSeconds: null
} as const
