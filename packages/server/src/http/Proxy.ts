/**
 * Where a request comes from. The web server proves itself with a secret header; only then are x-forwarded-* believed,
 * whoever else sends them.
 */
import { Keys } from "@v-insight/database/Keys"
import { Context, Effect, Layer, Option, Redacted } from "effect"
import { timingSafeEqual } from "effect/crypto/Mac"
import type { HttpServerRequest } from "effect/http"
import { randomUUID } from "node:crypto"
import { RequestInfo } from "./RequestInfo.ts"

/** Longer or stranger ids are not repeated: they end up in logs. */
const requestId = /^[A-Za-z0-9._-]{8,64}$/
const maxAddressLength = 64

export class Proxy extends Context.Service<
  Proxy,
  { readonly look: (request: HttpServerRequest.HttpServerRequest) => RequestInfo }
>()("@v-insight/server/http/Proxy") {
  static readonly layer = Layer.effect(
    Proxy,
    Effect.map(Keys, ({ proxy }) => {
      const expected = new TextEncoder().encode(Redacted.value(proxy))
      const isTrusted = (header: string | undefined): boolean =>
        header !== undefined && timingSafeEqual(new TextEncoder().encode(header), expected)
      return Proxy.of({
        look: ({ headers, remoteAddress }) => {
          const given = headers["x-request-id"]
          const id = given !== undefined && requestId.test(given) ? given : randomUUID()
          const peer = Option.getOrElse(remoteAddress, () => "unknown")
          if (!isTrusted(headers["x-vinsight-proxy"])) return new RequestInfo(id, peer, false)
          const address = headers["x-forwarded-for"]?.split(",")[0]?.trim().slice(0, maxAddressLength)
          return new RequestInfo(id, address || peer, headers["x-forwarded-proto"] === "https")
        }
      })
    })
  )
}
