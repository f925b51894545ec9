/**
 * A server program of Debian's on loopback, for tests against the real peer of a protocol: started in a folder of its
 * own, waited for until it accepts connections, killed with its scope. Nothing of the machine's own services is touched.
 */
import { spawn } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { connect } from "node:net"
import { tmpdir } from "node:os"
import path from "node:path"
import { Duration, Effect, type Scope } from "effect"

/** A slow machine under load creates MariaDB's files in half of this. */
const startLimit = Duration.seconds(40)
/** What is kept of what the program says, for the message when it does not start: characters. */
const keptOutput = 4_000

/** A new folder, removed with the scope. */
export const folder: Effect.Effect<string, never, Scope.Scope> = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(path.join(tmpdir(), "v-insight-peer-"))),
  (it) => Effect.sync(() => rmSync(it, { recursive: true, force: true }))
)

export interface DaemonOptions {
  readonly command: string
  readonly args: ReadonlyArray<string>
  /** Waited for on 127.0.0.1. Absent: the program is there as soon as it runs. */
  readonly port?: number
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
}

/** Runs for as long as the scope. A program that ends before it is ready fails the test with what it said. */
export const daemon = (options: DaemonOptions): Effect.Effect<void, never, Scope.Scope> =>
  Effect.gen(function* () {
    const it = yield* Effect.acquireRelease(
      Effect.sync(() => start(options)),
      ({ end }) => Effect.promise(end)
    )
    if (options.port === undefined) return
    yield* Effect.raceFirst(
      untilAccepting(options.port).pipe(
        Effect.timeoutOrElse({
          duration: startLimit,
          orElse: () => Effect.die(new Error(`${options.command} did not start in time:\n${it.output()}`))
        })
      ),
      Effect.flatMap(
        Effect.promise(() => it.exited),
        () => Effect.die(new Error(`${options.command} ended before it was ready:\n${it.output()}`))
      )
    )
  })

/** A program that does its work and ends, such as one that makes a database's files. */
export const program = (command: string, args: ReadonlyArray<string>, cwd?: string): Effect.Effect<string> =>
  Effect.callback((resume) => {
    const it = start({ command, args, ...(cwd === undefined ? {} : { cwd }) })
    void it.exited.then((code) =>
      resume(
        code === 0
          ? Effect.succeed(it.output())
          : Effect.die(new Error(`${command} ended with ${code}:\n${it.output()}`))
      )
    )
    return Effect.promise(it.end)
  })

const start = ({ command, args, cwd, env }: DaemonOptions) => {
  const child = spawn(command, args, {
    cwd,
    stdio: ["ignore", "pipe", "pipe"],
    // Servers live in sbin, which not every user's PATH has.
    env: { ...env, PATH: `${process.env["PATH"]}:/usr/sbin:/sbin`, LC_ALL: "C" }
  })
  let output = ""
  const keep = (bytes: Buffer): void => {
    output = (output + bytes.toString()).slice(-keptOutput)
  }
  child.stdout.on("data", keep)
  child.stderr.on("data", keep)
  const exited = new Promise<number | string>((resolve) => {
    child.once("error", (error) => {
      output += `${error.message}. Install it: see "Test it" in the README.`
      resolve(error.message)
    })
    child.once("exit", (code, signal) => resolve(code ?? signal ?? ""))
  })
  const end = async (): Promise<void> => {
    child.kill("SIGKILL")
    await exited
  }
  return { exited, end, output: () => output }
}

const untilAccepting = (port: number): Effect.Effect<void> =>
  Effect.flatMap(accepts(port), (isReady) =>
    isReady ? Effect.void : Effect.andThen(Effect.sleep("20 millis"), untilAccepting(port))
  )

const accepts = (port: number): Effect.Effect<boolean> =>
  Effect.callback((resume) => {
    const socket = connect(port, "127.0.0.1")
    socket.once("connect", () => {
      socket.destroy()
      resume(Effect.succeed(true))
    })
    socket.once("error", () => resume(Effect.succeed(false)))
    return Effect.sync(() => socket.destroy())
  })
