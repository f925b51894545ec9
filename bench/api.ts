/**
 * P9: a list of 50 monitors with session, tenant, row-level security, validation and envelope, beside node:http and pg in
 * the same transaction shape. Compared in requests per CPU-second of the process, and in p99 under the same load.
 */
import { execFile } from "node:child_process"
import path from "node:path"
import { promisify } from "node:util"
import { insertMonitors, secret, startDatabase, withClient } from "./database.ts"
import type { Load } from "./load.ts"
import { cpuMs, product, type Running, start } from "./processes.ts"
import { report } from "./report.ts"

const connections = 8
const warmUpSeconds = 4
const windowSeconds = 8
/** Windows per subject, taken in turns. */
const rounds = 2

interface Tally {
  answered: number
  cpu: number
  postgres: number
  p50: Array<number>
  p99: Array<number>
}

const here = import.meta.dirname
const load = async (url: string, token: string, seconds: number): Promise<Load> => {
  const args = [path.join(here, "load.ts"), url, token, String(connections), String(seconds)]
  const { stdout } = await promisify(execFile)(process.execPath, args)
  const seen = JSON.parse(stdout) as Load
  if (seen.failed > 0 || seen.answered === 0)
    throw new Error(`${url}: ${seen.failed} failed of ${seen.answered + seen.failed}`)
  return seen
}

interface Registered {
  readonly data: { readonly token: string; readonly tenant: { readonly id: string } }
}

const register = async (api: Running): Promise<Registered["data"]> => {
  const answer = await fetch(`http://127.0.0.1:${api.port}/api/v1/auth/register`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ email: "bench@example.org", password: "correct horse battery staple" })
  })
  if (answer.status !== 201) throw new Error(`register: ${answer.status} ${await answer.text()}`)
  return ((await answer.json()) as Registered).data
}

const mean = (values: ReadonlyArray<number>): number => values.reduce((sum, it) => sum + it, 0) / values.length

const database = await startDatabase()
try {
  const api = await start(product("server"), {
    VINSIGHT_SECRET: secret,
    VINSIGHT_API_DATABASE_URL: database.api,
    VINSIGHT_API_PORT: "0"
  })
  const bare = await start([process.execPath, path.join(here, "references/api.ts"), database.api], {})
  const { tenant, token } = await register(api)
  const other = await insertMonitors(database, 50, "https://example.org/health", 60)
  // The rows were made for a tenant of their own: they belong to the one who asks.
  await withClient(database.admin, async (client) => {
    await client.query("SET session_replication_role = replica")
    await client.query("UPDATE monitors SET tenant_id = $1 WHERE tenant_id = $2", [tenant.id, other])
    await client.query(
      `UPDATE monitor_state SET tenant_id = $1, status = 'up', since_ms = 1, last_slot_ms = 1, checked_at = now(), total_us = 12345,
         http_status = 200 WHERE tenant_id = $2`,
      [tenant.id, other]
    )
    await client.query("ANALYZE")
  })

  const subjects = [
    { name: "ours", running: api, url: `http://127.0.0.1:${api.port}/api/v1/monitors?perPage=50` },
    { name: "bare", running: bare, url: `http://127.0.0.1:${bare.port}/` }
  ] as const
  const sizes = new Map<string, number>()
  const tallies = { ours: empty(), bare: empty() }
  for (const { name, url } of subjects) {
    const answer = await fetch(url, { headers: { authorization: `Bearer ${token}` } })
    const text = await answer.text()
    const { data } = JSON.parse(text) as { readonly data: ReadonlyArray<unknown> }
    if (data.length !== 50) throw new Error(`${name} lists ${data.length} monitors`)
    sizes.set(name, text.length)
    await load(url, token, warmUpSeconds)
  }
  for (let round = 0; round < rounds; round++) {
    for (const { name, running, url } of subjects) {
      const before = { cpu: cpuMs(running.pid), postgres: cpuMs(database.pid) }
      const { answered, p50Ms, p99Ms } = await load(url, token, windowSeconds)
      const tally = tallies[name]
      tally.answered += answered
      tally.cpu += cpuMs(running.pid) - before.cpu
      tally.postgres += cpuMs(database.pid) - before.postgres
      tally.p50.push(p50Ms)
      tally.p99.push(p99Ms)
    }
  }
  await api.stop()
  await bare.stop("SIGKILL")

  const { bare: reference, ours } = tallies
  const perCpuSecond = ({ answered, cpu }: Tally) => (answered / cpu) * 1000
  const isWithin = report(`List of 50 monitors (P9), ${connections} connections`, [
    {
      what: "ours, requests per CPU-second",
      value: perCpuSecond(ours),
      unit: "/s",
      note: `${sizes.get("ours")} bytes`
    },
    { what: "node:http and pg", value: perCpuSecond(reference), unit: "/s", note: `${sizes.get("bare")} bytes` },
    {
      what: "ours / bare",
      value: perCpuSecond(ours) / perCpuSecond(reference),
      unit: "x",
      limit: 1,
      direction: "at least"
    },
    { what: "PostgreSQL, ours", value: ours.postgres / ours.answered, unit: "CPU-ms/request" },
    { what: "PostgreSQL, bare", value: reference.postgres / reference.answered, unit: "CPU-ms/request" },
    { what: "p50, ours", value: mean(ours.p50), unit: "ms" },
    { what: "p50, bare", value: mean(reference.p50), unit: "ms" },
    { what: "p99, ours", value: mean(ours.p99), unit: "ms" },
    { what: "p99, bare", value: mean(reference.p99), unit: "ms" },
    { what: "p99, ours / bare", value: mean(ours.p99) / mean(reference.p99), unit: "x", limit: 2 }
  ])
  if (!isWithin) process.exitCode = 1
} finally {
  await database.stop()
}

function empty(): Tally {
  return { answered: 0, cpu: 0, postgres: 0, p50: [], p99: [] }
}
