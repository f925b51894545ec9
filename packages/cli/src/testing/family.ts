/** Processes and their descendants, as the system sees them. */
import { Effect, Schedule, Stream } from "effect"
import { ChildProcess } from "effect/process"

export interface Member {
  readonly pid: number
  readonly parent: number
  readonly command: string
}

const everything = Effect.gen(function* () {
  const handle = yield* ChildProcess.make("ps", ["-A", "-o", "pid=,ppid=,args="])
  const text = yield* Stream.mkString(Stream.decodeText(handle.stdout))
  return text.split("\n").flatMap((line): ReadonlyArray<Member> => {
    const [, pid, parent, command] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? []
    return pid === undefined || command === undefined ? [] : [{ pid: Number(pid), parent: Number(parent), command }]
  })
}).pipe(Effect.scoped)

/** `root` and everything that descends from it. */
export const familyOf = Effect.fn("familyOf")(function* (root: number) {
  const all = yield* everything
  const family = all.filter(({ pid }) => pid === root)
  for (const member of family) family.push(...all.filter(({ parent }) => parent === member.pid))
  return family
})

/** Waits until none of `members` lives; a number may be another's by then, so the command counts too. */
export const untilGone = (members: ReadonlyArray<Member>) =>
  everything.pipe(
    Effect.map((all) =>
      all.filter((one) => members.some(({ command, pid }) => one.pid === pid && one.command === command))
    ),
    Effect.repeat({ until: (left) => left.length === 0, schedule: Schedule.spaced("100 millis") })
  )
