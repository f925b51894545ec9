/** postmaster.pid: how PostgreSQL tells where it listens and whether it is ready. */
import { Effect, FileSystem, Path } from "effect"
import * as liveness from "./liveness.ts"

export interface Postmaster {
  readonly pid: number
  readonly port: number
  readonly isReady: boolean
}

/** The lines are: pid, data directory, start time, port, socket directory, address, shared memory, status. */
export const parse = (text: string): Postmaster | undefined => {
  const lines = text.split("\n")
  const pid = Math.abs(Number(lines[0]))
  if (!Number.isInteger(pid) || pid === 0) return undefined
  return { pid, port: Number(lines[3] ?? 0), isReady: lines[7]?.trim() === "ready" }
}

/** The server that owns `data` now; undefined when none runs, whatever a stale file says. */
export const read = Effect.fn("PidFile.read")(function* (data: string) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const text = yield* fs.readFileString(path.join(data, "postmaster.pid")).pipe(Effect.orElseSucceed(() => ""))
  const postmaster = parse(text)
  if (postmaster === undefined) return undefined
  return (yield* liveness.runs(postmaster.pid, "postgres")) ? postmaster : undefined
})
