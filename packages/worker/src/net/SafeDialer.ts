/**
 * The worker's Dialer: everything that a tenant can steer goes out through here. Public addresses only, unless the
 * operator allowed more; limits on time, bytes and headers; no proxies, no unix sockets, no reuse of connections.
 */
import { Dialer } from "@v-insight/domain/monitor-types/Dialer"
import { Effect, Layer } from "effect"
import { datagram } from "./Datagram.ts"
import { Exchange, type ExchangeEnvironment } from "./Exchange.ts"
import { http2Exchange } from "./Http2Exchange.ts"
import { NetEnvironment } from "./NetEnvironment.ts"
import { onBehalf } from "./OnBehalf.ts"
import { talk } from "./Talk.ts"

const make = (common: ExchangeEnvironment): Dialer["Service"] => ({
  // No span and no Effect.timeout: each costs as much as a third of a check.
  exchange: (request) =>
    onBehalf(common, (environment) => {
      if (request.httpVersion === "2") return http2Exchange(environment, request)
      return Effect.callback((resume) => {
        const exchange = new Exchange(request, environment, (result) => resume(Effect.succeed(result)))
        return Effect.sync(() => exchange.cancel())
      })
    }),
  connect: (request) => onBehalf(common, (environment) => talk(environment, request)),
  datagram: (request) => onBehalf(common, (environment) => datagram(environment, request))
})

const layerIn = Layer.effect(Dialer, Effect.map(NetEnvironment, make))

/** Reads VINSIGHT_ALLOWED_CIDRS and VINSIGHT_HOST_CONCURRENCY. */
const layer = Layer.provide(layerIn, NetEnvironment.layer)

export const SafeDialer = { make, layer, layerIn }
