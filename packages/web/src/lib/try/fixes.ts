/** What can be done about a failed try with one click: each fix is the same try, changed in one place. */
import type { CheckOutcome } from "@v-insight/domain/model/CheckOutcome"
import type { Draft } from "./draft.ts"

export interface Fix {
  readonly label: string
  readonly why: string
  readonly draft: Draft
}

const longestTimeoutSeconds = 60
/** Answers that may be just what is wanted of a page that needs a sign-in, or moved. */
const acceptable = (status: number) => status >= 300 && status < 500

export const fixesFor = (
  { error, httpStatus }: Pick<CheckOutcome, "error" | "httpStatus">,
  draft: Draft
): ReadonlyArray<Fix> => {
  if (error === null) return []
  const { code } = error
  if (code === "unexpected_status" && httpStatus !== null && acceptable(httpStatus)) {
    const expectedStatus = `${draft.expectedStatus === "" ? "200-299" : draft.expectedStatus},${httpStatus}`
    const why =
      httpStatus === 401 || httpStatus === 403
        ? "It asks for a sign-in, and answering so is a sign of life."
        : "If this answer is right for this address, count it as up."
    return [{ label: `Accept ${httpStatus}`, why, draft: { ...draft, expectedStatus } }]
  }
  if (/^tls_(expired|not_yet_valid|host|untrusted)$/.test(code)) {
    const why = "Visitors are warned off, but the check can look past it."
    return [
      { label: "Ignore certificate errors", why, draft: { ...draft, ignoreTlsErrors: true } },
      ...otherName(draft)
    ]
  }
  if (code.startsWith("timeout_") && draft.timeoutSeconds < longestTimeoutSeconds) {
    const timeoutSeconds = Math.min(longestTimeoutSeconds, draft.timeoutSeconds * 3)
    return [
      { label: `Wait up to ${timeoutSeconds} s`, why: "It may only be slow.", draft: { ...draft, timeoutSeconds } }
    ]
  }
  if (code === "http2_only" && draft.httpVersion !== "2")
    return [{ label: "Use HTTP/2", why: "The server speaks nothing else.", draft: { ...draft, httpVersion: "2" } }]
  if (code === "unreachable" && draft.ipVersion === "" && isName(draft)) {
    const why = "There may be a way over one of the two versions of IP only."
    return (["4", "6"] as const).map((ipVersion) => ({
      label: `Use IPv${ipVersion} only`,
      why,
      draft: { ...draft, ipVersion }
    }))
  }
  if (code === "dns_failed") return otherName(draft)
  if (code === "connection_refused" || code === "not_http" || code === "tls_protocol") return otherScheme(draft)
  return []
}

const isName = (draft: Draft): boolean => !/^[\d.]*$|^\[|^localhost$/.test(parse(draft)?.hostname ?? "")

const otherName = (draft: Draft): ReadonlyArray<Fix> => {
  const url = parse(draft)
  if (url === undefined || !isName(draft)) return []
  const from = url.hostname
  url.hostname = from.startsWith("www.") ? from.slice(4) : `www.${from}`
  return [
    {
      label: `Try ${url.hostname}`,
      why: "Many sites live under one of the two names only.",
      draft: { ...draft, url: url.href }
    }
  ]
}

const otherScheme = (draft: Draft): ReadonlyArray<Fix> => {
  const url = parse(draft)
  if (url === undefined) return []
  url.protocol = url.protocol === "https:" ? "http:" : "https:"
  const scheme = url.protocol.slice(0, -1)
  return [{ label: `Try ${scheme}://`, why: `It may speak ${scheme} here.`, draft: { ...draft, url: url.href } }]
}

const parse = ({ url }: Draft): URL | undefined => (URL.canParse(url) ? new URL(url) : undefined)
