/**
 * Two thousand escalations of one workspace that begin at once, and ten of another one that begin with them: how late
 * their steps are, and what is left in the cluster's tables.
 */
import { setTimeout as sleep } from "node:timers/promises"
import { uuidV7Unsafe } from "effect/crypto/SecureRandom"
import { type Database, insertMonitors, startDatabase, withClient } from "./database.ts"
import { startReceiver } from "./outages.ts"
import { cpuMs } from "./processes.ts"
import { report } from "./report.ts"
import { startWorker } from "./workerProcess.ts"

const many = 2000
const few = 10
const waits = [5, 60]
const settleMs = 8000
const withinMs = 900_000

/** Monitors that are not looked at meanwhile, with an open incident each. */
const furnish = async (database: Database, count: number, port: number) => {
  const tenantId = await insertMonitors(database, count, "http://127.0.0.1:9/", 86_400)
  const [channel, rule, policy] = [uuidV7Unsafe(), uuidV7Unsafe(), uuidV7Unsafe()]
  const steps = waits.map((waitSeconds) => ({ waitSeconds, targets: [{ type: "channel", channelId: channel }] }))
  await withClient(database.admin, async (client) => {
    await client.query(
      "INSERT INTO alert_channels (tenant_id, id, name, type, settings) VALUES ($1, $2, 'Webhook', 'webhook', jsonb_build_object('url', $3::text))",
      [tenantId, channel, `http://127.0.0.1:${port}/`]
    )
    await client.query("INSERT INTO escalation_policies (tenant_id, id, name, steps) VALUES ($1, $2, 'Policy', $3)", [
      tenantId,
      policy,
      JSON.stringify(steps)
    ])
    await client.query(
      "INSERT INTO alert_rules (tenant_id, id, name, trigger, escalation_policy_id) VALUES ($1, $2, 'Down', 'down', $3)",
      [tenantId, rule, policy]
    )
    await client.query(
      `INSERT INTO incidents (tenant_id, id, monitor_id, started_at, cause_code, cause_message)
       SELECT tenant_id, uuid_v7(), id, now(), 'refused', 'The connection was refused.' FROM monitors WHERE tenant_id = $1`,
      [tenantId]
    )
  })
  return { tenantId, rule, policy }
}

type Furnished = Awaited<ReturnType<typeof furnish>>

interface Lateness {
  readonly step: number
  readonly told: number
  readonly median: number
  readonly p99: number
  readonly last: number
}

/** Milliseconds from when a step was due until its message was written. */
const latenessOf = (database: Database, { tenantId }: Furnished): Promise<ReadonlyArray<Lateness>> =>
  withClient(database.admin, async (client) => {
    const { rows } = await client.query<Lateness>(
      `WITH told AS (
         SELECT n.sequence AS step, n.created_at,
           coalesce(lag(n.created_at) OVER (PARTITION BY n.incident_id ORDER BY n.sequence), e.starts_at)
             + make_interval(secs => ($2::integer[])[n.sequence]) AS due
         FROM notifications n
         JOIN escalations e ON e.tenant_id = n.tenant_id AND e.incident_id = n.incident_id
         WHERE n.tenant_id = $1 AND n.type = 'incident.escalated'
       ), late AS (
         SELECT step, extract(epoch FROM created_at - due)::float8 * 1000 AS ms FROM told
       )
       SELECT step, count(*)::integer AS told, percentile_disc(0.5) WITHIN GROUP (ORDER BY ms) AS median,
         percentile_disc(0.99) WITHIN GROUP (ORDER BY ms) AS p99, max(ms) AS last
       FROM late
       GROUP BY step
       ORDER BY step`,
      [tenantId, waits]
    )
    return rows
  })

const numberOf = (database: Database, text: string): Promise<number> =>
  withClient(database.admin, async (client) => {
    const { rows } = await client.query<{ number: number }>(`SELECT (${text})::float8 AS number`)
    return rows[0]!.number
  })

const database = await startDatabase()
const receiver = await startReceiver()
const crowd = await furnish(database, many, receiver.port)
const neighbour = await furnish(database, few, receiver.port)
const worker = await startWorker(database)
await sleep(settleMs)
const before = cpuMs(worker.pid)
await withClient(database.admin, (client) =>
  client.query(
    `INSERT INTO escalations (tenant_id, incident_id, policy_id, rule_id, starts_at)
     SELECT i.tenant_id, i.id, s.policy, s.rule, now()
     FROM incidents i
     JOIN unnest($1::uuid[], $2::uuid[], $3::uuid[]) AS s(tenant, policy, rule) ON s.tenant = i.tenant_id
     -- the crowd's come first
     ORDER BY s.tenant`,
    [
      [crowd.tenantId, neighbour.tenantId],
      [crowd.policy, neighbour.policy],
      [crowd.rule, neighbour.rule]
    ]
  )
)
const began = performance.now()
while (performance.now() - began < withinMs) {
  if ((await numberOf(database, "SELECT count(*) FROM escalations WHERE ended_at IS NULL")) === 0) break
  await sleep(1000)
}
const cpu = cpuMs(worker.pid) - before
const [ofCrowd, ofNeighbour] = [await latenessOf(database, crowd), await latenessOf(database, neighbour)]
const rows = [
  await numberOf(database, "SELECT count(*) FROM worker.cluster_messages"),
  await numberOf(database, "SELECT count(*) FROM worker.cluster_replies")
]
await worker.stop()
receiver.stop()
await database.stop()
const figures = (who: string, all: ReadonlyArray<Lateness>) =>
  all.flatMap(({ last, median, p99, step, told }) => [
    { what: `${who}, step ${step}: told`, value: told, unit: "" },
    { what: `${who}, step ${step}: late, median`, value: median / 1000, unit: "s" },
    { what: `${who}, step ${step}: late, p99`, value: p99 / 1000, unit: "s" },
    { what: `${who}, step ${step}: late, last`, value: last / 1000, unit: "s" }
  ])
report(`${many} escalations at once, and ${few} of another workspace`, [
  ...figures("Many", ofCrowd),
  ...figures("Few", ofNeighbour),
  { what: "CPU of the worker for each step", value: cpu / ((many + few) * waits.length), unit: "ms" },
  { what: "Rows of messages afterwards", value: rows[0]!, unit: "" },
  { what: "Rows of replies afterwards", value: rows[1]!, unit: "" }
])
