/** Sends one datagram and takes the first that comes back, under the address policy and limits of everything else. */
import { createSocket } from "node:dgram"
import { isIPv6 } from "node:net"
import { type DatagramAnswer, type DatagramRequest, DialFailed } from "@v-insight/domain/monitor-types/Conversation"
import type { ExchangeCause } from "@v-insight/domain/monitor-types/Dialer"
import { Effect } from "effect"
import { Deadline } from "./Deadline.ts"
import type { ExchangeEnvironment } from "./Exchange.ts"
import { locate } from "./Locate.ts"
import { PhaseClock } from "./PhaseClock.ts"
import { socketFault } from "./SocketFault.ts"
import { hostTarget } from "./Target.ts"

/**
 * Phases are `dns` and `first_byte`: UDP connects to nobody. Only the first of several addresses is asked, since silence
 * does not tell a dead address from one that has nothing to say. The kernel drops what others send: the socket is
 * connected.
 */
export const datagram = (
  environment: ExchangeEnvironment,
  request: DatagramRequest
): Effect.Effect<DatagramAnswer, DialFailed> =>
  Effect.callback((resume) => {
    const clock = new PhaseClock(request.onPhase)
    let address: string | undefined
    const facts = () => ({ address, certificate: undefined, tlsVersion: undefined, ...clock.spent(true) })
    const undo: Array<() => void> = []
    let isDone = false

    const close = (): void => {
      isDone = true
      for (const step of undo) step()
    }
    const fail = (cause: ExchangeCause, detail: string): void => {
      if (isDone) return
      close()
      clock.stop(false)
      const seen = cause === "blocked" ? { ...facts(), phases: {}, totalUs: 0 } : facts()
      resume(Effect.fail(new DialFailed({ cause, detail, facts: seen })))
    }
    const ask = (to: string, port: number): void => {
      const { turns } = environment
      if (!turns.enter(to)) return fail("host_busy", "")
      undo.push(() => turns.leave(to))
      address = to
      if (clock.phase === "dns") clock.enter("first_byte")
      const socket = createSocket(isIPv6(to) ? "udp6" : "udp4")
      undo.push(() => socket.close())
      const onError = (error: NodeJS.ErrnoException): void => {
        const fault = socketFault(error, "connect", to)
        fail(error.code === "EMSGSIZE" ? "invalid_request" : fault.cause, fault.detail)
      }
      socket.on("error", onError)
      socket.on("message", (message) => {
        if (isDone) return
        close()
        clock.stop(true)
        resume(Effect.succeed({ payload: new Uint8Array(message), facts: facts() }))
      })
      // Its failure (no route, say) comes here and nowhere else, whatever Node's types say.
      socket.connect(port, to, (error?: NodeJS.ErrnoException) => {
        if (error !== undefined) onError(error)
        else if (!isDone) socket.send(request.payload, (error) => void (error !== null && onError(error)))
      })
    }

    const target = hostTarget(request.host, request.port)
    if (target === undefined) return fail("invalid_request", "host or port")
    if (target.isLiteral) clock.skipTo("first_byte")
    const deadline = new Deadline(request.timeoutMs, () => fail(`timeout_${clock.phase}`, ""))
    undo.push(() => deadline.clear())
    const stop = locate(target, request.family, environment, (located) => {
      if (isDone) return
      if ("cause" in located) return fail(located.cause, located.detail)
      ask(located.addresses[0]!, target.port)
    })
    undo.push(stop)
    return Effect.sync(close)
  })
