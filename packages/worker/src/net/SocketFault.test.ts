import { assert, describe, it } from "@effect/vitest"
import type { ExchangeCause, Phase } from "@v-insight/domain/monitor-types/Dialer"
import { socketFault } from "./SocketFault.ts"

describe("socketFault", () => {
  it.each<[code: string, phase: Phase, address: string, cause: ExchangeCause]>([
    ["ECONNREFUSED", "connect", "192.0.2.1", "refused"],
    ["ENETUNREACH", "connect", "192.0.2.1", "unreachable"],
    ["EHOSTUNREACH", "connect", "192.0.2.1", "unreachable"],
    ["ETIMEDOUT", "connect", "192.0.2.1", "unreachable"],
    ["EADDRNOTAVAIL", "connect", "2001:db8::1", "unreachable"],
    ["ECONNRESET", "connect", "192.0.2.1", "reset"],
    ["ECONNRESET", "first_byte", "192.0.2.1", "reset"],
    ["EPIPE", "first_byte", "192.0.2.1", "reset"],
    ["ECONNRESET", "tls", "192.0.2.1", "tls_protocol"],
    ["ERR_SSL_WRONG_VERSION_NUMBER", "tls", "192.0.2.1", "tls_protocol"],
    ["ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL", "tls", "192.0.2.1", "http2_only"],
    ["ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED", "first_byte", "192.0.2.1", "tls_client_certificate"],
    // ours, not the target's
    ["EMFILE", "connect", "192.0.2.1", "worker_exhausted"],
    ["ENFILE", "connect", "192.0.2.1", "worker_exhausted"],
    ["ENOBUFS", "connect", "192.0.2.1", "worker_exhausted"],
    ["EADDRNOTAVAIL", "connect", "192.0.2.1", "worker_exhausted"]
  ])("%s in the phase %s to %s is %s", (code, phase, address, cause) => {
    assert.deepStrictEqual(socketFault(Object.assign(new Error(), { code }), phase, address), { cause, detail: code })
  })
})
