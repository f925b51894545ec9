/** What is known of a request before anything looks at its content. */
import { Context } from "effect"

export class RequestInfo {
  /** Given by the client or made here; in the answer, in logs, in reports of errors. */
  readonly id: string
  /** The address it came from: of the browser, where the web server says so. */
  readonly address: string
  /** The browser speaks https. */
  readonly isSecure: boolean
  /** Method and path template, such as `GET /api/v1/monitors/:id`; bounded, for metrics. */
  endpoint = "unmatched"

  constructor(id: string, address: string, isSecure: boolean) {
    this.id = id
    this.address = address
    this.isSecure = isSecure
  }
}

export const CurrentRequest = Context.Reference<RequestInfo>("@v-insight/server/http/CurrentRequest", {
  defaultValue: () => new RequestInfo("none", "unknown", false)
})
