/** How checks fail when something between us and the target is away, and what becomes of them when it is ours. */
import { unknownOutcome } from "@v-insight/domain/model/CheckOutcome"
import { explain, portOf } from "@v-insight/domain/monitor-types/explain"
import type { MonitorSpec } from "@v-insight/domain/monitor-types/registry"

const names: ReadonlySet<string> = new Set(["timeout_dns", "dns_failed", "servfail", "resolver_not_found"])
const cut: ReadonlySet<string> = new Set([
  "unreachable",
  "connection_refused",
  "connection_reset",
  "closed_early",
  "no_answer",
  "packets_lost",
  "resolver_unreachable"
])

/** By the code of an error: a name was not found, of whichever kind. */
export const isOfNames = (code: string): boolean => names.has(code)

/** By the code of an error: in silence, or refused by what is near. */
export const isOfNetwork = (code: string): boolean => code.startsWith("timeout") || names.has(code) || cut.has(code)

/** Of kinds whose target takes a TCP connection. */
export const portIn = ({ settings, type }: MonitorSpec): number | undefined => {
  if (!dialled.has(type)) return undefined
  if ("url" in settings) {
    const url = URL.parse(settings.url)
    return url === null ? undefined : portOf(url)
  }
  return "port" in settings ? settings.port : undefined
}
const dialled: ReadonlySet<string> = new Set(["http", "tls", "tcp", "websocket", "grpc"])

export const networkGone = unknownOutcome({
  code: "own_network_gone",
  message: "V-Insight's own network was away, so nothing is known of the target for this time."
})

export const resolverSilent = unknownOutcome(explain({ cause: "own_resolver_unreachable" }, ""))
