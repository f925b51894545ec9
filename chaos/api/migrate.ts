/**
 * R17: two installations that start at once on an empty database: exactly one of them runs each migration. Killed in the
 * midst, the next start finishes.
 */
import { Keys } from "@v-insight/database/Keys"
import { Redacted } from "effect"
import { spawn } from "node:child_process"
import path from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { Client } from "pg"
import { secret } from "../../bench/database.ts"
import { root } from "../../bench/processes.ts"
import type { Finding, Scene } from "./scene.ts"

const killed = { short: 4, long: 12 }
/** Of the time that a start takes, from the first kill to the last: before the first statement, in the midst, at the end. */
const span = { first: 0.4, last: 0.95 }

interface Ended {
  readonly code: number | null
  readonly output: string
}

const applied = "SELECT name FROM schema_migrations ORDER BY name"

const migrate = (url: string, killAfterMs?: number): Promise<Ended> =>
  new Promise((resolve) => {
    const child = spawn(process.execPath, [path.join(root, "packages/cli/vinsight.js"), "migrate", "up"], {
      stdio: ["ignore", "pipe", "pipe"],
      env: { PATH: process.env["PATH"], DATABASE_URL: url, VINSIGHT_SECRET: secret }
    })
    let output = ""
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (part) => (output += part))
    child.once("close", (code) => resolve({ code, output }))
    if (killAfterMs !== undefined) void sleep(killAfterMs).then(() => child.kill("SIGKILL"))
  })

export const migrations = async ({ database, isLong }: Scene): Promise<Finding> => {
  const complaints: Array<string> = []
  const owner = "vinsight_owner"
  const urlOf = (name: string): string => {
    const url = new URL(database.workerUrl)
    url.username = owner
    url.password = Redacted.value(Keys.fromSecret(Redacted.make(secret)).rolePassword(owner))
    url.pathname = `/${name}`
    return url.href
  }
  const stateOf = async (name: string): Promise<ReadonlyArray<string>> => {
    const client = new Client({ connectionString: urlOf(name) })
    await client.connect()
    const { rows: tables } = await client.query("SELECT 1 FROM pg_tables WHERE tablename = 'schema_migrations'")
    const names =
      tables.length === 0 ? [] : (await client.query<{ name: string }>(applied)).rows.map(({ name }) => name)
    await client.end()
    return names
  }

  await database.query(`CREATE DATABASE together OWNER ${owner}`)
  const both = await Promise.all([migrate(urlOf("together")), migrate(urlOf("together"))])
  const began = performance.now()
  await database.query(`CREATE DATABASE alone OWNER ${owner}`)
  await migrate(urlOf("alone"))
  const startMs = performance.now() - began
  for (const { code, output } of both) if (code !== 0) complaints.push(`a start ended with ${code}: ${output}`)
  const all = await stateOf("together")
  for (const name of all) {
    const by = both.filter(({ output }) => output.includes(name)).length
    if (by !== 1) complaints.push(`${name} was run by ${by}`)
  }

  let interrupted = 0
  let halfway = 0
  const times = isLong ? killed.long : killed.short
  for (let index = 0; index < times; index++) {
    const name = `killed_${index}`
    await database.query(`CREATE DATABASE ${name} OWNER ${owner}`)
    const share = span.first + ((span.last - span.first) * index) / (times - 1)
    const { code } = await migrate(urlOf(name), share * startMs)
    const left = await stateOf(name)
    if (code === null) interrupted++
    if (left.length > 0 && left.length < all.length) halfway++
    const { code: again, output } = await migrate(urlOf(name))
    if (again !== 0) complaints.push(`after a kill the next start ended with ${again}: ${output}`)
    else if ((await stateOf(name)).join() !== all.join()) complaints.push(`after a kill migrations are missing`)
  }
  return {
    promise: "R17",
    figures: {
      migrations: all.length,
      "run twice or never": complaints.length,
      kills: times,
      "before the end": interrupted,
      "with some applied": halfway
    },
    complaints
  }
}
