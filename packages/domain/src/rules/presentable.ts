/**
 * An outcome that may be stored and shown, whatever a kind made of what a target sent: bounded, free of text that
 * PostgreSQL cannot take, and of the monitor's secrets. Everything behind a check relies on it.
 */
import type { CheckDetail, CheckError, CheckOutcome, ResponseEvidence } from "../model/CheckOutcome.ts"
import { assertionFailed } from "./assertions.ts"
import type { Hide } from "./hide.ts"

/** Characters. */
const maxMessage = 1000
const maxAssertion = 300
const maxActual = 200
const maxUrl = 1000
const maxName = 100
const maxTrait = 500
const maxHeader = 4096
const maxHeaders = 16 * 1024
/** Bytes of UTF-8. */
const maxBody = 64 * 1024
/** How many. */
const maxRedirects = 10
const maxAssertions = 20
const maxTraits = 20

export const presentable = (outcome: CheckOutcome, hide: Hide): CheckOutcome => {
  const { certificate, detail, error } = outcome
  const clean = (text: string, length: number): string => fit(hide(storable(text)), length)
  return {
    ...outcome,
    error: error && { code: error.code, message: fit(hidden(error, detail, hide), maxMessage) },
    certificate: certificate && {
      ...certificate,
      subject: clean(certificate.subject, maxMessage),
      issuer: clean(certificate.issuer, maxMessage)
    },
    detail: detail && presentableDetail(detail, clean, hide)
  }
}

/**
 * What an assertion says stands in the settings; only what was found is the target's. Whoever may edit them, but not know
 * the secret, must not see which guess of it is masked.
 */
const hidden = ({ code, message }: CheckError, detail: CheckDetail | null, hide: Hide): string => {
  const text = storable(message)
  if (code !== assertionFailed || detail === null) return hide(text)
  const found = detail.assertions.flatMap(({ actual, isMet }) => (isMet || actual === null ? [] : [storable(actual)]))
  return found.reduce((told, actual) => told.replace(`it is ${actual}`, () => `it is ${hide(actual)}`), text)
}

type Clean = (text: string, length: number) => string

const presentableDetail = (detail: CheckDetail, clean: Clean, hide: Hide): CheckDetail => ({
  tlsVersion: detail.tlsVersion && clean(detail.tlsVersion, maxName),
  redirects: detail.redirects.slice(0, maxRedirects).map((url) => clean(url, maxUrl)),
  assertions: detail.assertions.slice(0, maxAssertions).map((verdict) => ({
    ...verdict,
    assertion: fit(storable(verdict.assertion), maxAssertion),
    actual: verdict.actual && clean(verdict.actual, maxActual)
  })),
  traits: Object.fromEntries(
    Object.entries(detail.traits)
      .slice(0, maxTraits)
      .map(([name, value]) => [clean(name, maxName), clean(value, maxTrait)])
  ),
  response: detail.response && presentableResponse(detail.response, clean, hide)
})

const presentableResponse = (response: ResponseEvidence, clean: Clean, hide: Hide): ResponseEvidence => {
  const headers: Array<readonly [string, string]> = []
  let length = 0
  for (const [name, value] of response.headers) {
    const header = [clean(name, maxName), clean(value, maxHeader)] as const
    length += header[0].length + header[1].length
    if (length > maxHeaders) break
    headers.push(header)
  }
  const text = hide(storable(response.body))
  const body = withinBytes(text)
  const isCut = body.length < text.length || headers.length < response.headers.length
  return { headers, body, isTruncated: response.isTruncated || isCut }
}

/** Most text passes as it is: both tests are quick where there is nothing to replace. */
const storable = (text: string): string => (text.includes("\0") ? text.replaceAll("\0", "\ufffd") : text).toWellFormed()

const fit = (text: string, length: number): string =>
  text.length <= length ? text : `${text.slice(0, length - 1).toWellFormed()}\u2026`

const encoder = new TextEncoder()

const withinBytes = (text: string): string => {
  // UTF-8 takes at most three bytes for a UTF-16 code unit.
  if (text.length * 3 <= maxBody) return text
  const { read } = encoder.encodeInto(text, new Uint8Array(maxBody))
  return read === text.length ? text : text.slice(0, read)
}
