/**
 * PostgreSQL and pgbouncer as Debian ships them, as processes of a test: run as `postgres` when we are root (both refuse
 * root), killed with the scope, their last words kept for the message when they do not start.
 */
import { Duration, Effect, type Scope } from "effect"
import { type ChildProcess, execFile, execFileSync, spawn } from "node:child_process"
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs"
import { connect } from "node:net"
import { tmpdir } from "node:os"
import path from "node:path"

const startLimit = Duration.seconds(40)
/** Characters of a program's output. */
const keptOutput = 4_000
const debianFolder = "/usr/lib/postgresql"

/** Debian's binaries of the newest PostgreSQL that is installed. */
export const binaries = (): string => {
  const majors = existsSync(debianFolder) ? readdirSync(debianFolder).map(Number) : []
  const newest = majors
    .filter((major) => existsSync(`${debianFolder}/${major}/bin/pg_basebackup`))
    .sort((a, b) => b - a)
  if (newest[0] === undefined) throw new Error('Install postgresql and pgbouncer: see "Test it" in the README.')
  return `${debianFolder}/${newest[0]}/bin`
}

const idOf = (kind: "-u" | "-g"): number => Number(execFileSync("id", [kind, "postgres"]).toString())
const account = (): { readonly uid?: number; readonly gid?: number } =>
  process.getuid?.() === 0 ? { uid: idOf("-u"), gid: idOf("-g") } : {}

/** A new folder that the programs may write into, removed with the scope. */
export const folder: Effect.Effect<string, never, Scope.Scope> = Effect.acquireRelease(
  Effect.sync(() => {
    const it = mkdtempSync(path.join(tmpdir(), "v-insight-peer-"))
    chmodSync(it, 0o777)
    return it
  }),
  (it) => Effect.sync(() => rmSync(it, { recursive: true, force: true }))
)

/** Does its work and ends; dies with what it said when that fails. What it talks to may run in this process. */
export const program = (command: string, args: ReadonlyArray<string>): Effect.Effect<void> =>
  Effect.callback((resume) => {
    const child = execFile(command, [...args], { ...account(), env: environment() }, (error) =>
      resume(error === null ? Effect.void : Effect.die(error))
    )
    return Effect.sync(() => void child.kill("SIGKILL"))
  })

export interface Daemon {
  readonly signal: (signal: NodeJS.Signals) => void
  /** Kills it and waits for its end. */
  readonly kill: Effect.Effect<void>
}

/** Runs until the scope closes; answers when `port` of 127.0.0.1 accepts connections. */
export const daemon = (
  command: string,
  args: ReadonlyArray<string>,
  port: number
): Effect.Effect<Daemon, never, Scope.Scope> =>
  Effect.gen(function* () {
    let output = ""
    const child = yield* Effect.acquireRelease(
      Effect.sync(() => {
        const started = spawn(command, [...args], {
          ...account(),
          stdio: ["ignore", "pipe", "pipe"],
          env: environment()
        })
        const keep = (bytes: Buffer): void => void (output = (output + bytes.toString()).slice(-keptOutput))
        started.stdout.on("data", keep)
        started.stderr.on("data", keep)
        started.once("error", (error) => void (output += error.message))
        return started
      }),
      ending
    )
    yield* accepts(port).pipe(
      Effect.repeat({ until: (isReady) => isReady }),
      Effect.timeoutOrElse({
        duration: startLimit,
        orElse: () => Effect.die(new Error(`${command} did not start in time:\n${output}`))
      }),
      Effect.raceFirst(
        Effect.flatMap(exited(child), () => Effect.die(new Error(`${command} ended at once:\n${output}`)))
      )
    )
    return { signal: (signal) => void child.kill(signal), kill: ending(child) }
  })

const environment = () => ({ PATH: `${process.env["PATH"]}:/usr/sbin:/sbin`, LC_ALL: "C" })

const exited = (child: ChildProcess): Effect.Effect<void> =>
  Effect.callback((resume) => {
    if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return resume(Effect.void)
    child.once("exit", () => resume(Effect.void))
  })

const ending = (child: ChildProcess): Effect.Effect<void> =>
  Effect.suspend(() => {
    // One that was stopped ends all the same.
    child.kill("SIGKILL")
    return exited(child)
  })

const accepts = (port: number): Effect.Effect<boolean> =>
  Effect.andThen(
    Effect.sleep("20 millis"),
    Effect.callback<boolean>((resume) => {
      const socket = connect(port, "127.0.0.1")
      socket.once("connect", () => {
        socket.destroy()
        resume(Effect.succeed(true))
      })
      socket.once("error", () => resume(Effect.succeed(false)))
      return Effect.sync(() => socket.destroy())
    })
  )
