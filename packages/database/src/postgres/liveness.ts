/** Is a process still the one that wrote its number into a file? Numbers are reused, so Linux is asked for more. */
import { Effect, FileSystem } from "effect"

/** Signal 0 asks without doing anything; EPERM means that it lives and is somebody else's. */
export const isAlive = (pid: number): Effect.Effect<boolean> =>
  Effect.try({
    try: () => process.kill(pid, 0),
    catch: (error) => error instanceof Error && "code" in error && error.code === "EPERM"
  }).pipe(Effect.catch(Effect.succeed))

/** When the process started, in clock ticks since boot; "" where there is no /proc. With the pid it names a process for good. */
export const startedAt = Effect.fn("liveness.startedAt")(function* (pid: number) {
  const fs = yield* FileSystem.FileSystem
  const stat = yield* fs.readFileString(`/proc/${pid}/stat`).pipe(Effect.orElseSucceed(() => ""))
  // Field 22; the second field is the name in brackets and may hold spaces.
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? ""
})

/** Whether `pid` runs a program named `program`; where /proc is missing, whether it runs at all. */
export const runs = Effect.fn("liveness.runs")(function* (pid: number, program: string) {
  if (!(yield* isAlive(pid))) return false
  const fs = yield* FileSystem.FileSystem
  if (!(yield* fs.exists("/proc/self/cmdline").pipe(Effect.orElseSucceed(() => false)))) return true
  const line = yield* fs.readFileString(`/proc/${pid}/cmdline`).pipe(Effect.orElseSucceed(() => ""))
  const name = line.split("\0")[0] ?? ""
  return name.slice(name.lastIndexOf("/") + 1) === program
})
