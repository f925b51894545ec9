/** Are the ports free? Asked before anything starts, so that the answer is one sentence and not three failed children. */
import { probePort } from "@v-insight/database/probePort"
import { Effect, Schedule } from "effect"
import { Refusal } from "./Refusal.ts"

/** After a kill, the children of the last start may take this long to end (their own grace is 10 s). */
const patience = { attempts: 75, pause: "200 millis" } as const

/** The port `variable` asks for, free at this moment; 0 becomes one that is. */
export const take = Effect.fn("Ports.take")(function* (
  host: string,
  port: number,
  variable: string,
  isPatient: boolean
) {
  return yield* probePort(host, port).pipe(
    Effect.retry({
      while: (code) => isPatient && code === "EADDRINUSE",
      times: patience.attempts,
      schedule: Schedule.spaced(patience.pause)
    }),
    Effect.mapError((code) => new Refusal({ message: sentenceOf(code, host, port, variable) }))
  )
})

const sentenceOf = (code: string, host: string, port: number, variable: string): string => {
  switch (code) {
    case "EADDRINUSE":
      return `Port ${port} is in use: stop the program that listens there, or set ${variable} to another port`
    case "EACCES":
      return `Port ${port} needs more rights than this user has: set ${variable} to a port above 1023`
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
      return `This machine has no address ${host}: correct VINSIGHT_HOST`
    default:
      return `Cannot listen on ${host}:${port} (${code}): correct VINSIGHT_HOST and ${variable}`
  }
}
