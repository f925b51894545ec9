/** How checks fail, in the very words of the kinds that make them. */
import type { CheckError, ResponseEvidence } from "@v-insight/domain/model/CheckOutcome"
import type { ExchangeCause } from "@v-insight/domain/monitor-types/Dialer"
import { explain } from "@v-insight/domain/monitor-types/explain"

export interface Failure {
  readonly error: CheckError
  /** How far the check got: an answer has all times, a connection those up to it. */
  readonly reached: "nothing" | "connection" | "answer"
  /** It used up the monitor's time limit. */
  readonly isTimeout: boolean
  readonly answer?: Answer
}

export interface Answer {
  readonly httpStatus: number
  readonly traits: Readonly<Record<string, string>>
  readonly response: ResponseEvidence
}

const reachedBy: Partial<Record<ExchangeCause, Failure["reached"]>> = {
  timeout_first_byte: "connection",
  reset: "connection",
  empty: "connection",
  tls_expired: "connection"
}

/** The connection, or what stands for one, failed. */
export const failing = (cause: ExchangeCause, host: string, port?: number): Failure => ({
  error: explain({ cause }, host, port),
  reached: reachedBy[cause] ?? "nothing",
  isTimeout: cause.startsWith("timeout")
})

/** What answered says that it cannot. */
export const saying = (code: string, message: string): Failure => ({
  error: { code, message },
  reached: "connection",
  isTimeout: false
})

const reasons: Readonly<Record<number, string>> = {
  500: "Internal Server Error",
  502: "Bad Gateway",
  503: "Service Unavailable",
  504: "Gateway Time-out"
}

/** As nginx answers in the place of what stands behind it. */
export const status = (httpStatus: number, why = ""): Failure => {
  const words = `${httpStatus} ${reasons[httpStatus] ?? ""}`.trim()
  const body = `<html>\r\n<head><title>${words}</title></head>\r\n<body>\r\n<center><h1>${words}</h1></center>\r\n<hr><center>nginx/1.28.0</center>\r\n${why === "" ? "" : `<!-- ${why} -->\r\n`}</body>\r\n</html>\r\n`
  return {
    error: { code: "unexpected_status", message: `The status is ${httpStatus}, expected 200-299.` },
    reached: "answer",
    isTimeout: false,
    answer: {
      httpStatus,
      traits: { status: String(httpStatus), server: "nginx/1.28.0", "content-type": "text/html", body: "under 1 kB" },
      response: {
        headers: [
          ["server", "nginx/1.28.0"],
          ["content-type", "text/html"],
          ["content-length", String(body.length)],
          ["connection", "close"]
        ],
        body,
        isTruncated: false
      }
    }
  }
}
