/**
 * P6: from a failing check (a bad answer, or a connection that was lost), and from the outage, to the webhook, without
 * and with 5 % of all connections lost at random. P7: how many checks of a healthy target open an incident
 * when 5 % of all connections are lost at random by a real proxy: one confirmation squares the chance, two cube it.
 */
import type { Server } from "node:net"
import path from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { uuidV7Unsafe } from "effect/crypto/SecureRandom"
import { makeDice } from "../chaos/dice.ts"
import { type Database, insertMonitors, startDatabase, withClient } from "./database.ts"
import { startLossyProxy } from "./lossyProxy.ts"
import { type Receiver, startOutages, startReceiver } from "./outages.ts"
import { type Running, start } from "./processes.ts"
import { type Figure, report } from "./report.ts"
import { startWorker } from "./workerProcess.ts"

const seed = 7
const lossPercent = 5
/** P6. */
const outages = { monitors: 300, intervalSeconds: 10, overMs: 60_000, readyWithinMs: 60_000, toldWithinMs: 60_000 }
/** P7: some 30,000 checks of each policy, so that chance is a tenth of the limit. */
const losses = { monitors: 500, intervalSeconds: 2, forMs: 120_000 }

const lossyProxy = (port: number, percent: number): Promise<Running> =>
  start(
    [process.execPath, path.join(import.meta.dirname, "lossyProxy.ts"), String(port), String(percent), String(seed)],
    {}
  )

/** Everybody is told by one webhook, with room for every message. */
const tell = (database: Database, tenantId: string, port: number): Promise<void> =>
  withClient(database.admin, async (client) => {
    const [channel, rule] = [uuidV7Unsafe(), uuidV7Unsafe()]
    await client.query(
      `INSERT INTO alert_channels (tenant_id, id, name, type, settings, budget_messages, budget_seconds)
       VALUES ($1, $2, 'Webhook', 'webhook', jsonb_build_object('url', $3::text), 1000, 60)`,
      [tenantId, channel, `http://127.0.0.1:${port}/`]
    )
    await client.query("INSERT INTO alert_rules (tenant_id, id, name, trigger) VALUES ($1, $2, 'Down', 'down')", [
      tenantId,
      rule
    ])
    await client.query("INSERT INTO alert_rule_channels (tenant_id, alert_rule_id, channel_id) VALUES ($1, $2, $3)", [
      tenantId,
      rule,
      channel
    ])
  })

/** Each monitor gets a page of its own under its name, by the way that `portOf` makes for it. */
const separate = (
  database: Database,
  tenantId: string,
  portOf: (key: string) => Promise<number>
): Promise<ReadonlyArray<string>> =>
  withClient(database.admin, async (client) => {
    const { rows } = await client.query<{ id: string; name: string }>(
      "SELECT id, key::text AS name FROM monitors WHERE tenant_id = $1 ORDER BY key",
      [tenantId]
    )
    for (const { id, name } of rows) {
      await client.query(
        `UPDATE monitors SET name = $3, settings = jsonb_build_object('url', $4::text) WHERE tenant_id = $1 AND id = $2`,
        [tenantId, id, name, `http://127.0.0.1:${await portOf(name)}/${name}`]
      )
    }
    return rows.map(({ name }) => name)
  })

const until = async (isSo: () => Promise<boolean> | boolean, limitMs: number): Promise<boolean> => {
  const end = performance.now() + limitMs
  while (performance.now() < end) {
    if (await isSo()) return true
    await sleep(100)
  }
  return false
}

const quantile = (values: ReadonlyArray<number>, part: number): number =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * part))] ?? Number.NaN

const openings = ({ messages }: Receiver) => messages.filter(({ type }) => type === "incident.opened")

/** Outages at random instants; `percent` of the connections to targets and receiver are lost. */
const tellOfOutages = async (percent: number): Promise<boolean> => {
  const dice = makeDice(seed)
  const database = await startDatabase()
  const targets = await startOutages()
  const receiver = await startReceiver()
  const proxy = await lossyProxy(receiver.port, percent)
  // One for each target: so it is known whose connection is lost, also before a byte was read.
  const losses = makeDice(seed)
  const ways: Array<Server> = []
  const tenantId = await insertMonitors(database, outages.monitors, "http://127.0.0.1/", outages.intervalSeconds)
  const keys = await separate(database, tenantId, async (key) => {
    const way = await startLossyProxy(targets.port, percent, losses, () => targets.loses(key))
    ways.push(way.server)
    return way.port
  })
  await tell(database, tenantId, proxy.port)
  const worker = await startWorker(database)
  const isSeen = () =>
    withClient(database.admin, async (client) => {
      const { rowCount } = await client.query("SELECT 1 FROM monitor_state WHERE checked_at IS NULL")
      return rowCount === 0
    })
  if (!(await until(isSeen, outages.readyWithinMs))) throw new Error("not every monitor is checked")
  // What chance opened before does not count: those monitors are down in the worker's eyes already.
  const spoilt = new Set(receiver.messages.map(({ monitor }) => monitor))
  const began = performance.now()
  for (const { at, key } of keys.map((key) => ({ key, at: dice.below(outages.overMs) })).sort((a, b) => a.at - b.at)) {
    await sleep(Math.max(0, began + at - performance.now()))
    if (openings(receiver).some(({ monitor }) => monitor === key)) spoilt.add(key)
    targets.breaks(key)
  }
  const wanted = keys.filter((key) => !spoilt.has(key))
  const told = () => new Map(openings(receiver).map((message) => [message.monitor, message]))
  const isTold = () => {
    const heard = told()
    return wanted.every((key) => heard.has(key))
  }
  await until(isTold, outages.toldWithinMs)
  const heard = told()
  const fromCheck: Array<number> = []
  const fromOutage: Array<number> = []
  for (const key of wanted) {
    const message = heard.get(key)
    if (message === undefined) continue
    fromCheck.push(message.at - targets.lastBadBefore(key, message.at))
    fromOutage.push(message.at - targets.brokenAt(key))
  }
  for (const key of keys) targets.mends(key)
  const over = () => receiver.messages.filter(({ type }) => type === "incident.resolved").map(({ monitor }) => monitor)
  await until(() => wanted.every((key) => over().includes(key)), outages.toldWithinMs)
  const ids = receiver.messages.map(({ id }) => id)
  await worker.stop()
  await proxy.stop()
  for (const way of ways) way.close()
  targets.stop()
  receiver.stop()
  await database.stop()
  const isClean = percent === 0
  const limitMs = outages.intervalSeconds * 1000 + 4000
  const figures: ReadonlyArray<Figure> = [
    { what: "Outages", value: wanted.length, unit: "" },
    { what: "Told", value: fromCheck.length, unit: "", limit: wanted.length, direction: "at least" },
    { what: "Told of their end", value: new Set(over()).size, unit: "", limit: wanted.length, direction: "at least" },
    { what: "Received twice", value: ids.length - new Set(ids).size, unit: "", ...(isClean && { limit: 0 }) },
    { what: "Failing check to webhook, median", value: quantile(fromCheck, 0.5), unit: "ms" },
    {
      what: "Failing check to webhook, p99",
      value: quantile(fromCheck, 0.99),
      unit: "ms",
      limit: 1000,
      note: "P6"
    },
    { what: "Outage to webhook, median", value: quantile(fromOutage, 0.5), unit: "ms" },
    {
      what: "Outage to webhook, slowest",
      value: Math.max(...fromOutage),
      unit: "ms",
      ...(isClean && { limit: limitMs, note: "P6: interval + 4 s" })
    }
  ]
  return report(`From failing check to webhook, ${percent} % of connections lost`, figures)
}

/** Healthy targets behind a lossy proxy, with one and with two confirmations. */
const countFalseAlerts = async (): Promise<boolean> => {
  const database = await startDatabase()
  const target = await start([process.execPath, path.join(import.meta.dirname, "target.ts"), "http"], {})
  const proxy = await lossyProxy(target.port, lossPercent)
  const policies = [
    { confirmations: 1, limit: 0.35 },
    { confirmations: 2, limit: 0.03 }
  ]
  const tenants: Array<string> = []
  for (const { confirmations } of policies) {
    const tenantId = await insertMonitors(
      database,
      losses.monitors,
      `http://127.0.0.1:${proxy.port}/`,
      losses.intervalSeconds
    )
    tenants.push(tenantId)
    await withClient(database.admin, (client) =>
      client.query("UPDATE monitors SET confirmations = $2 WHERE tenant_id = $1", [tenantId, confirmations])
    )
  }
  const worker = await startWorker(database)
  await sleep(losses.forMs)
  await worker.stop()
  await Promise.all([proxy.stop(), target.stop()])
  const figures: Array<Figure> = []
  for (const [index, { confirmations, limit }] of policies.entries()) {
    const [row] = await withClient(database.admin, async (client) => {
      const { rows } = await client.query<{ checks: number; retried: number; incidents: number }>(
        `SELECT count(*)::integer AS checks, count(*) FILTER (WHERE c.attempts > 1)::integer AS retried,
           (SELECT count(*)::integer FROM incidents i WHERE i.tenant_id = $1) AS incidents
         FROM monitor_checks c
         WHERE c.tenant_key = (SELECT key FROM tenants WHERE id = $1)`,
        [tenants[index]]
      )
      return rows
    })
    const { checks, incidents, retried } = row!
    figures.push(
      { what: `Checks, ${confirmations} confirmation(s)`, value: checks, unit: "" },
      { what: "  whose first try was lost", value: (100 * retried) / checks, unit: "%" },
      {
        what: "  that opened an incident",
        value: (100 * incidents) / checks,
        unit: "%",
        limit,
        note: `P7: ${incidents} incidents; chance alone makes ${((lossPercent / 100) ** (confirmations + 1) * 100).toFixed(4)} %`
      }
    )
  }
  await database.stop()
  return report(`Healthy targets, ${lossPercent} % of connections lost`, figures)
}

export const main = async (): Promise<boolean> => {
  const results = [await tellOfOutages(0), await tellOfOutages(lossPercent), await countFalseAlerts()]
  return results.every(Boolean)
}

if (process.argv[1] === import.meta.filename && !(await main())) process.exitCode = 1
