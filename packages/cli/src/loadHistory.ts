/** `vinsight load-history`: a tenant full of made-up history, to see every screen full and to measure. */
import { Console, Effect } from "effect"
import { Command, Flag } from "effect/cli"
import * as Database from "./Database.ts"
import * as DataDir from "./DataDir.ts"
import { makeHistory } from "./makeHistory.ts"
import { Refusal } from "./Refusal.ts"

/** 10 years; more partitions than that help nobody. */
const maxDays = 3650
const maxMonitors = 10_000

const flags = {
  email: Flag.String("email").pipe(Flag.withDescription("The account whose tenant gets the monitors")),
  monitors: Flag.Int("monitors").pipe(Flag.withDefault(20), Flag.withDescription("How many")),
  days: Flag.Int("days").pipe(Flag.withDefault(90), Flag.withDescription("Back from now")),
  seed: Flag.Int("seed").pipe(Flag.withDefault(1), Flag.withDescription("The same seed makes the same history")),
  intervalSeconds: Flag.Int("interval").pipe(Flag.withDefault(60), Flag.withDescription("Seconds between checks"))
}

const within = (name: string, value: number, most: number) =>
  value >= 1 && value <= most
    ? Effect.void
    : Effect.fail(new Refusal({ message: `--${name} is ${value}: give a number from 1 to ${most}` }))

export const loadHistory = Command.make("load-history", flags, (plan) =>
  Effect.gen(function* () {
    yield* within("monitors", plan.monitors, maxMonitors)
    yield* within("days", plan.days, maxDays)
    yield* within("interval", plan.intervalSeconds, 86_400)
    const database = yield* Database.acquire(yield* DataDir.open, { purpose: "vinsight load-history", isGuest: true })
    yield* Database.migrate(database)
    const checks = yield* makeHistory(database, plan)
    yield* Console.log(`Made ${checks} checks of ${plan.monitors} monitors, and added them up.`)
  }).pipe(Effect.scoped)
).pipe(Command.withDescription("Fill a tenant with made-up history, to look at or to measure"))
