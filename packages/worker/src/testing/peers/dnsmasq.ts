/** Debian's dnsmasq as an authority on a free port of 127.0.0.1, without the machine's hosts and resolvers. */
import { Effect, type Scope } from "effect"
import { freePort } from "../freePort.ts"
import { daemon } from "./Daemon.ts"

/** `lines` of its configuration as options, such as `--host-record=example.org,192.0.2.1`. */
export const dnsmasq = (lines: ReadonlyArray<string>): Effect.Effect<{ readonly port: number }, never, Scope.Scope> =>
  Effect.gen(function* () {
    const port = yield* freePort("127.0.0.1")
    const own = [
      "--keep-in-foreground",
      "--no-resolv",
      "--no-hosts",
      "--conf-file=/dev/null",
      "--pid-file",
      "--log-facility=-"
    ]
    const user = process.getuid?.() === 0 ? ["--user=root"] : []
    const where = ["--listen-address=127.0.0.1", "--bind-interfaces", `--port=${port}`]
    yield* daemon({ command: "dnsmasq", args: [...own, ...user, ...where, ...lines], port })
    return { port }
  })
