/**
 * Runs a program that sends echo requests: its arguments are numbers and addresses that were judged, there is no shell,
 * and of the worker's environment it sees nothing.
 */
import { spawn, type ChildProcess } from "node:child_process"
import { isNotPermitted } from "./PingOutput.ts"
import { after } from "./Timer.ts"

/** Where systems keep such programs, Homebrew's included. */
export const searchPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/opt/homebrew/bin"

export type ProgramEnd = "finished" | "missing" | "not_permitted" | "broken"

export interface ProgramRun {
  readonly command: "fping" | "ping"
  readonly args: ReadonlyArray<string>
  readonly searchPath: string
  /** Killed then, milliseconds. */
  readonly limitMs: number
  /** Exit codes that say how targets are, not how the program is. */
  readonly isAnswer: (exitCode: number) => boolean
  readonly onLine: (line: string) => void
  /** Comes once. */
  readonly onEnd: (end: ProgramEnd) => void
}

/** Of its complaints, and of a line: characters. */
const maxKept = 1_000

/** The returned function kills it; `onEnd` comes all the same. */
export const runProgram = (run: ProgramRun): (() => void) => {
  const child = spawn(run.command, [...run.args], {
    env: { PATH: run.searchPath, LC_ALL: "C" },
    cwd: "/",
    stdio: ["ignore", "pipe", "pipe"]
  })
  const kill = (): void => void child.kill("SIGKILL")
  const clearTimer = after(run.limitMs, kill)
  const complaints = readOf(child, run.onLine)
  let isOver = false
  const end = (how: ProgramEnd): void => {
    if (isOver) return
    isOver = true
    clearTimer()
    run.onEnd(how)
  }
  child.once("error", ({ code }: NodeJS.ErrnoException) =>
    end(code === "ENOENT" ? "missing" : code === "EACCES" || code === "EPERM" ? "not_permitted" : "broken")
  )
  child.once("close", (exitCode) => {
    if (exitCode !== null && run.isAnswer(exitCode) && !isNotPermitted(complaints())) return end("finished")
    end(isNotPermitted(complaints()) ? "not_permitted" : "broken")
  })
  return kill
}

/** What is written goes to `onLine`; the beginning of the complaints is kept. */
const readOf = ({ stderr, stdout }: ChildProcess, onLine: (line: string) => void): (() => string) => {
  let rest = ""
  let complaints = ""
  stdout?.on("data", (bytes: Buffer) => {
    const lines = (rest + bytes.toString("latin1")).split("\n")
    rest = lines.pop()!.slice(-maxKept)
    for (const line of lines) onLine(line)
  })
  stderr?.on("data", (bytes: Buffer) => {
    if (complaints.length < maxKept) complaints += bytes.toString("latin1")
  })
  return () => complaints
}
