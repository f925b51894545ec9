/** A resolver to ask: its address or name, with a port when it is not 53. */
import { Schema } from "effect"
import { dialledHost } from "./Host.ts"

const defaultPort = 53

/** `9.9.9.9`, `9.9.9.9:5353`, `2620:fe::fe`, `[2620:fe::fe]:5353`, `dns.example.org`. Undefined when it is none. */
export const resolverOf = (text: string): { readonly host: string; readonly port: number } | undefined => {
  const withPort = /^(\[[^\]]*\]|[^:]*):(\d{1,5})$/.exec(text)
  const host = dialledHost(withPort === null ? text : withPort[1]!)
  const port = withPort === null ? defaultPort : Number(withPort[2])
  return host === undefined || port < 1 || port > 65_535 ? undefined : { host, port }
}

export const DnsResolver = Schema.String.check(
  Schema.makeFilter(
    (text: string) =>
      resolverOf(text) !== undefined ||
      "Write an address or a name, such as 9.9.9.9, [2620:fe::fe]:53 or dns.example.org"
  ),
  Schema.isMaxLength(270, { message: "A resolver may have at most 270 characters" })
)
