/**
 * One request to a receiver over HTTP, and what its answer means: the only place that makes a report or a failure of it.
 * Redirects are not followed: a receiver's address is typed by people, and secrets go there.
 */
import { Effect, Result } from "effect"
import type { CheckError } from "../model/CheckOutcome.ts"
import type { DeliveryReport } from "../model/Notification.ts"
import { Dialer, type ExchangeResult } from "../monitor-types/Dialer.ts"
import { explain, portOf } from "../monitor-types/explain.ts"
import { quoted } from "../monitor-types/Refused.ts"
import { DeliveryFailed } from "./ChannelType.ts"

/** A receiver that has not answered by then is tried again later; Standard Webhooks suggests 15 to 30 s. */
export const timeoutMs = 15_000
export const keptAnswerBytes = 2048
/** Nobody means to be asked later than that, milliseconds; the worker caps it further. */
const longestRetryMs = 86_400_000

export interface Post {
  readonly url: URL
  /** Absent: POST. */
  readonly method?: "POST" | "PUT"
  readonly headers?: ReadonlyArray<readonly [name: string, value: string]>
  /** One of the two. */
  readonly json?: unknown
  readonly form?: Readonly<Record<string, string>>
}

/** What came back. */
export interface Answer {
  readonly status: number
  readonly text: string
  /** Of an answer in JSON that is an object; empty otherwise. */
  readonly json: Readonly<Record<string, unknown>>
  readonly header: (name: string) => string | undefined
}

/** What the answer means, where that is not what its status says. */
export interface Verdict {
  /** Absent: 2xx. */
  readonly isDelivered?: boolean
  /** Absent: 4xx, but neither 408, 425 nor 429. */
  readonly isPermanent?: boolean
  /** The receiver's own words. */
  readonly says?: unknown
  /** Seconds. Absent: Retry-After. */
  readonly retryAfter?: unknown
}

export type Judge = (answer: Answer) => Verdict

export const post = (request: Post, judge: Judge = () => ({})): Effect.Effect<DeliveryReport, DeliveryFailed, Dialer> =>
  Effect.gen(function* () {
    const dialer = yield* Dialer
    const [contentType, body] =
      request.form === undefined
        ? ["application/json", JSON.stringify(request.json)]
        : ["application/x-www-form-urlencoded", new URLSearchParams(request.form).toString()]
    const result = yield* dialer.exchange({
      url: request.url,
      method: request.method ?? "POST",
      headers: [["Content-Type", contentType], ["User-Agent", "V-Insight"], ...(request.headers ?? [])],
      body: new TextEncoder().encode(body),
      timeoutMs,
      keepBytes: keptAnswerBytes
    })
    return yield* reportOf(result, request.url, judge)
  })

export const reportOf = (
  result: ExchangeResult,
  url: URL,
  judge: Judge
): Effect.Effect<DeliveryReport, DeliveryFailed> =>
  Effect.suspend(() => {
    const durationMs = Math.round(result.totalUs / 1000)
    // An answer that broke off in its body is none: it may have been taken or not, so it is told again.
    if (result.response === undefined || result.failure !== undefined) {
      const failure = result.failure ?? { cause: "empty", message: "" }
      return new DeliveryFailed({
        reason: explain(failure, url.hostname, portOf(url)),
        permanent: failure.cause === "blocked",
        status: result.response?.status ?? null,
        answer: result.response === undefined ? null : answerText(result.response.body),
        durationMs,
        retryAfterMs: null
      })
    }
    const { body, headers, status } = result.response
    const text = answerText(body)
    const header = (name: string) => headers.find(([known]) => known === name)?.[1]
    const verdict = judge({ status, text, json: objectIn(text), header })
    if (verdict.isDelivered ?? isSuccess(status)) {
      return Effect.succeed<DeliveryReport>({ delivered: true, status, answer: text, error: null, durationMs })
    }
    return new DeliveryFailed({
      reason: reasonOf(status, verdict.says),
      permanent: verdict.isPermanent ?? isHopeless(status),
      status,
      answer: text,
      durationMs,
      retryAfterMs: retryAfterMs(verdict.retryAfter ?? header("retry-after"))
    })
  })

const isSuccess = (status: number): boolean => status >= 200 && status < 300

/** RFC 9110 section 15.5: the request is wrong, and stays so; but time-outs and limits pass. */
const isHopeless = (status: number): boolean => status >= 400 && status < 500 && ![408, 425, 429].includes(status)

const reasonOf = (status: number, says: unknown): CheckError => {
  const words = typeof says === "string" ? quoted(says) : ""
  const code = status === 429 ? "rate_limited" : "unexpected_status"
  if (words !== "") return { code, message: `The receiver answered ${status}: "${words}".` }
  return { code, message: `The receiver answered ${status}, expected 2xx.` }
}

/** PostgreSQL's jsonb keeps any text but NUL. */
const answerText = (body: Uint8Array): string =>
  new TextDecoder().decode(body.subarray(0, keptAnswerBytes)).replaceAll("\0", "\u{fffd}")

/** Longer answers than are kept are not JSON any more. */
const objectIn = (text: string): Readonly<Record<string, unknown>> => {
  const value = Result.try((): unknown => JSON.parse(text))
  if (Result.isFailure(value) || typeof value.success !== "object" || value.success === null) return {}
  return value.success as Readonly<Record<string, unknown>>
}

/** Seconds as number or digits (RFC 9110 section 10.2.3); dates are left to our own backoff. */
const retryAfterMs = (value: unknown): number | null => {
  const seconds = typeof value === "string" && /^\d{1,6}(\.\d{1,9})?$/.test(value) ? Number(value) : value
  if (typeof seconds !== "number" || !(seconds >= 0)) return null
  return Math.min(longestRetryMs, Math.ceil(seconds * 1000))
}
