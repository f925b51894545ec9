/** Writes without a pause while everything around is killed, and remembers what was acknowledged. */
import { bucketOf } from "@v-insight/domain/rules/buckets"
import { setTimeout as sleep } from "node:timers/promises"
import type { Database } from "../database.ts"
import type { Dice } from "../dice.ts"
import { type Answer, asking, insertMonitors, isDone, type Person } from "./client.ts"
import { type Ledger, makeLedger, type Tables, Written } from "./ledger.ts"

/** Between two writes of one writer: the load is not what is judged here. */
const pauseMs = 10
const monitorsPerWriter = 12
const incidentsPerWriter = 400

export interface Writers {
  readonly ledger: Ledger
  /** By HTTP status; 0: no answer. */
  readonly statuses: ReadonlyMap<number, number>
  /** Each ends what it has begun. */
  readonly stop: () => Promise<void>
}

interface Means {
  readonly database: Database
  readonly dice: Dice
  readonly origin: string
  readonly targetUrl: string
  readonly person: Person
}

/** Open incidents of paused monitors, which nothing but people will touch. */
const openIncidents = async ({ database, dice, person, targetUrl }: Means): Promise<Array<string>> => {
  const rows = Array.from({ length: incidentsPerWriter }, () => ({ incident: dice.uuid(), id: dice.uuid() }))
  const monitors = rows.map(({ id }) => ({ id, bucket: bucketOf(id), paused: true }))
  await insertMonitors(database, person.tenantId, monitors, { url: targetUrl, intervalSeconds: 3600 })
  await database.query(
    `INSERT INTO incidents (tenant_id, id, monitor_id, started_at, cause_code, cause_message)
     SELECT $1, i.incident, i.id, now(), 'refused', 'Refused.'
     FROM json_to_recordset($2) AS i(incident uuid, id uuid)`,
    [person.tenantId, JSON.stringify(rows)]
  )
  return rows.map(({ incident }) => incident)
}

export const startWriters = async (means: Means, count: number): Promise<Writers> => {
  const ledger = makeLedger()
  const statuses = new Map<number, number>()
  const ending = new AbortController()
  const ask = asking(means.origin, means.person.token)

  const write = async (method: string, path: string, body?: unknown): Promise<Answer> => {
    const answer = await ask(method, path, body)
    statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1)
    if (isDone(answer)) ledger.writes++
    return answer
  }

  const change = async <A>(value: A, written: Written<A>, act: () => Promise<Answer>): Promise<void> => {
    written.tries(value)
    const answer = await act()
    if (isDone(answer)) written.acknowledges(value)
    // 4xx says that it did not happen; 5xx and silence say nothing.
    else if (answer.status >= 400 && answer.status < 500) written.refuses(value)
  }

  const writer = async (number: number): Promise<void> => {
    const { database, dice, targetUrl } = means
    const incidents = await openIncidents(means)
    const own: Array<string> = []
    const tokens: Array<{ readonly id: string; readonly token: string }> = []
    let edits = 0

    const create = async (): Promise<void> => {
      const name = `w${number} made ${edits++}`
      const isJob = tokens.length < 2
      const spec = isJob
        ? { type: "heartbeat", settings: { periodSeconds: 86_400 } }
        : { type: "http", settings: { url: targetUrl }, intervalSeconds: 60 }
      const { data, status } = await write("POST", "/api/v1/monitors", { name, ...spec })
      if (status !== 201) return
      const { id } = data as { readonly id: string }
      ledger.names.set(id, new Written(name))
      ledger.paused.set(id, new Written(false))
      own.push(id)
      if (!isJob) return
      const [row] = await database.query<{ token: string }>(
        "SELECT token FROM heartbeat_tokens WHERE monitor_id = $1",
        [id]
      )
      ledger.calls.set(id, { made: 0, acknowledged: 0 })
      tokens.push({ id, token: row!.token })
    }
    const rename = (): Promise<void> => {
      const id = dice.pick(own)
      const name = `w${number} name ${edits++}`
      return change(name, ledger.names.get(id)!, () => write("PATCH", `/api/v1/monitors/${id}`, { name }))
    }
    const pause = (): Promise<void> => {
      const id = dice.pick(own)
      const written = ledger.paused.get(id)!
      const isPaused = !written.acknowledged
      return change(isPaused, written, () => write("POST", `/api/v1/monitors/${id}/${isPaused ? "pause" : "resume"}`))
    }
    const call = async (): Promise<void> => {
      const { id, token } = dice.pick(tokens)
      const count = ledger.calls.get(id)!
      count.made++
      if (isDone(await write("GET", `/api/v1/heartbeats/${token}`))) count.acknowledged++
    }
    const acknowledge = async (): Promise<void> => {
      const id = incidents.pop()
      if (id === undefined) return rename()
      if (isDone(await write("POST", `/api/v1/incidents/${id}/acknowledge`))) ledger.acknowledged.add(id)
    }

    while (!ending.signal.aborted) {
      const chance = dice.next()
      if (own.length < monitorsPerWriter || chance < 0.05) await create()
      else if (chance < 0.4) await rename()
      else if (chance < 0.6) await pause()
      else if (chance < 0.9) await call()
      else await acknowledge()
      await sleep(pauseMs)
    }
  }

  const all = Array.from({ length: count }, (_, number) => writer(number))
  return {
    ledger,
    statuses,
    stop: async () => {
      ending.abort()
      await Promise.all(all)
    }
  }
}

export const readTables = async ({ query }: Database): Promise<Tables> => {
  const monitors = await query<{ id: string; name: string; paused: boolean }>(
    "SELECT id, name, paused FROM monitors WHERE deleted_at IS NULL"
  )
  const calls = await query<{ id: string; calls: number }>(
    "SELECT monitor_id AS id, calls::integer FROM heartbeat_state"
  )
  const acknowledged = await query<{ id: string }>("SELECT id FROM incidents WHERE acknowledged_at IS NOT NULL")
  return {
    monitors: new Map(monitors.map(({ id, name, paused }) => [id, { name, paused }])),
    calls: new Map(calls.map(({ calls, id }) => [id, calls])),
    acknowledged: new Set(acknowledged.map(({ id }) => id))
  }
}
