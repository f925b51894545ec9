/** What a try asks, as the welcome page and its form fields carry it. */
export interface Draft {
  readonly url: string
  readonly expectedStatus: string
  readonly ignoreTlsErrors: boolean
  readonly timeoutSeconds: number
  /** As the http kind has them; empty: as usual. */
  readonly httpVersion: "" | "2"
  readonly ipVersion: "" | "4" | "6"
}

export const draftDefaults = {
  expectedStatus: "",
  ignoreTlsErrors: false,
  timeoutSeconds: 10,
  httpVersion: "",
  ipVersion: ""
} as const

export const draftOf = (form: FormData): Draft => {
  const text = (name: string): string => {
    const value = form.get(name)
    return typeof value === "string" ? value : ""
  }
  const seconds = Number(text("timeoutSeconds"))
  return {
    url: wholeUrl(text("url")),
    expectedStatus: text("expectedStatus").trim(),
    ignoreTlsErrors: text("ignoreTlsErrors") === "true",
    timeoutSeconds: Number.isInteger(seconds) && seconds >= 1 && seconds <= 60 ? seconds : draftDefaults.timeoutSeconds,
    httpVersion: text("httpVersion") === "2" ? "2" : "",
    ipVersion: ipVersionOf(text("ipVersion"))
  }
}

const ipVersionOf = (text: string): Draft["ipVersion"] => (text === "4" || text === "6" ? text : "")

/** What was typed as a whole URL: https unless it can only be a machine near by. */
export const wholeUrl = (typed: string, scheme: "http" | "ws" = "http"): string => {
  const text = typed.trim()
  if (text === "" || /^[a-z][a-z\d+.-]*:\/\//i.test(text)) return text
  return `${isNear(text) ? scheme : `${scheme}s`}://${text}`
}

const isNear = (text: string): boolean =>
  /^(localhost|127\.|10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|\[|[^/]*\.(local|internal|lan)\b)/i.test(text)

/** Settings with a whole URL where people leave out the scheme. */
export const completed = (type: string, settings: Record<string, unknown>): Record<string, unknown> =>
  typeof settings.url !== "string"
    ? settings
    : { ...settings, url: wholeUrl(settings.url, type === "websocket" ? "ws" : "http") }

/** The body of POST /checks/try. */
export const tryBody = ({ url, expectedStatus, ignoreTlsErrors, timeoutSeconds, httpVersion, ipVersion }: Draft) => ({
  type: "http" as const,
  timeoutSeconds,
  settings: {
    url,
    ...(expectedStatus === "" ? {} : { expectedStatus }),
    ...(ignoreTlsErrors ? { ignoreTlsErrors } : {}),
    ...(httpVersion === "" ? {} : { httpVersion }),
    ...(ipVersion === "" ? {} : { ipVersion })
  }
})
