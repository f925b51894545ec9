/**
 * API and worker as processes over a primary, its hot standby and a pooler: what a larger installation runs. People and
 * jobs use it all the time, and what was acknowledged to them is kept apart from the database, to be asked for later.
 */
import type { Daemon } from "@v-insight/database/testing/peers/Daemon"
import type { SignedIn } from "@v-insight/domain/model/Session"
import { Effect, type Scope } from "effect"
import { type ChildProcess, spawn } from "node:child_process"
import { createInterface } from "node:readline"

/** A client that hears nothing for so long gives up; what it sent was not acknowledged then. */
const clientTimeoutMs = 8_000

export interface Process extends Pick<Daemon, "signal"> {
  readonly port: number
  readonly log: ReadonlyArray<string>
  readonly isAlive: () => boolean
  /** SIGTERM, and what came of it. */
  readonly stop: Effect.Effect<number | string>
}

/** `main`: of which package. Waits until it listens. */
export const start = (
  main: "server" | "worker",
  environment: Readonly<Record<string, string>>
): Effect.Effect<Process, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.callback<Process & { readonly child: ChildProcess }>((resume) => {
      const file = new URL(`../../../${main}/src/main.ts`, import.meta.url).pathname
      const child = spawn(process.execPath, [file], {
        stdio: ["ignore", "pipe", "inherit"],
        env: { PATH: process.env["PATH"], ...environment }
      })
      const exited = new Promise<number | string>((resolve) =>
        child.once("exit", (code, signal) => resolve(code ?? signal ?? ""))
      )
      const log: Array<string> = []
      const one = {
        child,
        log,
        signal: (signal: NodeJS.Signals) => void child.kill(signal),
        isAlive: () => child.exitCode === null && child.signalCode === null,
        stop: Effect.suspend(() => {
          child.kill("SIGTERM")
          return Effect.promise(() => exited)
        })
      }
      createInterface({ input: child.stdout }).on("line", (line) => {
        log.push(line)
        const { annotations, message } = JSON.parse(line)
        if (message === "listening") resume(Effect.succeed({ ...one, port: annotations.port }))
      })
      void exited.then((code) =>
        resume(Effect.die(new Error(`The ${main} ended with ${code}:\n${log.slice(-5).join("\n")}`)))
      )
    }),
    ({ child }) => Effect.sync(() => child.kill("SIGKILL"))
  )

export interface Answer {
  /** 0: no answer. */
  readonly status: number
  readonly body: ReturnType<typeof JSON.parse>
}

/** Somebody who is signed in. Whatever goes wrong on the way is status 0. */
export const client = (api: Process) => {
  let token = ""
  const ask = (method: string, path: string, body?: unknown): Effect.Effect<Answer> =>
    Effect.promise(async () => {
      try {
        const response = await fetch(`http://127.0.0.1:${api.port}/api/v1${path}`, {
          method,
          signal: AbortSignal.timeout(clientTimeoutMs),
          headers: {
            ...(body !== undefined && { "content-type": "application/json" }),
            ...(token !== "" && { authorization: `Bearer ${token}` })
          },
          ...(body !== undefined && { body: JSON.stringify(body) })
        })
        const text = await response.text()
        return { status: response.status, body: text.startsWith("{") ? JSON.parse(text) : undefined }
      } catch {
        return { status: 0, body: undefined }
      }
    })
  const register = Effect.gen(function* () {
    const { body } = yield* ask("POST", "/auth/register", {
      email: `owner${api.port}@example.org`,
      password: "correct horse battery"
    })
    const signedIn: SignedIn = body.data
    token = signedIn.token
    return signedIn
  })
  return { ask, register }
}
