/**
 * The whole product as a user has it: real processes, embedded PostgreSQL, a real target, the web's proxy, a webhook
 * receiver. A URL is watched, its server dies and comes back; people are told; another tenant sees nothing of it.
 */
import { PgClient } from "@effect/sql-pg"
import { assert, layer } from "@effect/vitest"
import * as Connections from "@v-insight/database/Connections"
import { Keys } from "@v-insight/database/Keys"
import type { AlertChannel } from "@v-insight/domain/model/AlertChannel"
import type { CheckOutcome } from "@v-insight/domain/model/CheckOutcome"
import type { Incident } from "@v-insight/domain/model/Incident"
import type { Monitor } from "@v-insight/domain/model/Monitor"
import type { MonitorCheck } from "@v-insight/domain/model/MonitorCheck"
import type { DeliveryReport, NotificationEvent } from "@v-insight/domain/model/Notification"
import { toMicroseconds, toShort } from "@v-insight/domain/rules/shortDuration"
import { Context, Effect, Layer, Record, Redacted } from "effect"
import { createHmac } from "node:crypto"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { Product } from "./testing/Product.ts"
import { serve } from "@v-insight/database/testing/servers"

const key = Buffer.from("0123456789abcdef01234567")
const secret = `whsec_${key.toString("base64")}`
/** The bound: one interval and four seconds. */
const intervalSeconds = 2
const toldWithinMs = (intervalSeconds + 4) * 1000

interface Delivery {
  readonly at: number
  readonly headers: Record<string, string | undefined>
  readonly body: string
}

layer(Product.layer, { excludeTestServices: true, timeout: "180 seconds" })("an outage", (it) => {
  it.effect(
    "defect 1: by the built worker is seen, told and ended, and stays within its tenant",
    () =>
      Effect.gen(function* () {
        const product = yield* Product
        const deliveries: Array<Delivery> = []
        const sink = yield* serve(({ body, headers }) => {
          deliveries.push({ at: Date.now(), headers, body })
          return { status: 204 }
        })
        let target = yield* serve(() => ({ status: 200, body: "fine" }))

        const owner = yield* product.register("owner@example.org")
        const stranger = yield* product.register("stranger@example.com")
        const channel = yield* owner.post<AlertChannel>("/alert-channels", {
          name: "Sink",
          type: "webhook",
          settings: { url: sink.url, secret }
        })
        assert.notProperty(channel.data.settings, "secret")
        yield* owner.post("/alert-rules", {
          name: "All",
          condition: { trigger: "down" },
          channelIds: [channel.data.id]
        })
        const ownerEvents = yield* owner.events
        const strangerEvents = yield* stranger.events

        const monitor = (yield* owner.post<Monitor>("/monitors", {
          name: "Checkout",
          type: "http",
          settings: { url: target.url },
          intervalSeconds,
          timeoutSeconds: 1,
          confirmations: 1
        })).data
        const first = yield* product.eventually(
          owner
            .get<ReadonlyArray<MonitorCheck>>(`/monitors/${monitor.id}/checks`)
            .pipe(Effect.map(({ data }) => data[0]))
        )
        assert.strictEqual(first.status, "up")
        assert.isNumber(first.timings.connectUs)
        assert.isNumber(first.timings.firstByteUs)
        assert.isNumber(first.timings.totalUs)

        const port = Number(new URL(target.url).port)
        yield* target.close
        const downAt = Date.now()
        const opened = yield* product.eventually(Effect.sync(() => deliveries[0]))
        assert.isAtMost(opened.at - downAt, toldWithinMs)
        const told: NotificationEvent = JSON.parse(opened.body)
        assert.strictEqual(told.type, "incident.opened")
        assert.strictEqual(told.data.monitor?.id, monitor.id)
        assert.strictEqual(told.data.incident?.cause.code, "connection_refused")
        assertSigned(opened)
        const incident = (yield* owner.get<ReadonlyArray<Incident>>("/incidents?status=open")).data[0]!
        assert.strictEqual(incident.monitorId, monitor.id)
        assert.strictEqual((yield* owner.get<Monitor>(`/monitors/${monitor.id}`)).data.status, "down")

        target = yield* serve(() => ({ status: 200, body: "fine again" }), port)
        const upAt = Date.now()
        const resolved = yield* product.eventually(Effect.sync(() => deliveries[1]))
        assert.isAtMost(resolved.at - upAt, toldWithinMs)
        assert.strictEqual(JSON.parse(resolved.body).type, "incident.resolved")
        assertSigned(resolved)
        assert.notStrictEqual(resolved.headers["webhook-id"], opened.headers["webhook-id"])
        assert.strictEqual((yield* owner.get<Incident>(`/incidents/${incident.id}`)).data.status, "resolved")
        yield* product.eventually(
          Effect.sync(() =>
            ownerEvents().some(({ event, data }) => event === "incident" && data.incident.status === "resolved")
              ? true
              : undefined
          )
        )

        // Nothing of it is the stranger's to see: by the API, by the live stream, by SQL.
        for (const path of ["/monitors", "/incidents", "/alert-channels", "/alert-rules"]) {
          assert.deepStrictEqual((yield* stranger.get<unknown>(path)).data, [], path)
        }
        const foreign = [
          `/monitors/${monitor.id}`,
          `/monitors/${monitor.id}/checks`,
          `/incidents/${incident.id}`,
          `/incidents/${incident.id}/notifications`,
          `/alert-channels/${channel.data.id}`
        ]
        for (const path of foreign) {
          const answer = yield* stranger.get<null>(path)
          assert.strictEqual(answer.status, 404, path)
          assert.strictEqual(answer.error?.code, "NOT_FOUND", path)
        }
        assert.isAbove(ownerEvents().filter(({ event }) => event === "check").length, 1)
        assert.deepStrictEqual(strangerEvents(), [])
        assert.deepStrictEqual(yield* rowsSeenBy(product.dataDir, stranger.tenantId), none)
        assert.notDeepEqual(yield* rowsSeenBy(product.dataDir, owner.tenantId), none)
        assert.lengthOf(deliveries, 2)
      }),
    180_000
  )

  it.effect(
    "does at once what people ask for: create, change, pause, run, remove",
    () =>
      Effect.gen(function* () {
        const product = yield* Product
        const editor = yield* product.register("editor@example.org")
        let hits = 0
        const target = yield* serve(() => {
          hits++
          return { status: 200 }
        })
        // Far below the 30 s after which owners look for themselves: so it was heard. How fast is the benchmark's to say.
        const within = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.timeout(effect, "8 seconds")
        const hit = Effect.suspend(() => {
          const before = hits
          return product.eventually(Effect.sync(() => (hits > before ? hits : undefined)))
        })
        const quiet = Effect.gen(function* () {
          yield* Effect.sleep("1 second")
          const before = hits
          yield* Effect.sleep("1500 millis")
          assert.strictEqual(hits, before)
        })

        const body = { type: "http", settings: { url: target.url }, intervalSeconds: 3600 }
        const created = yield* editor.post<Monitor>("/monitors", body)
        assert.strictEqual(created.status, 201)
        const path = `/monitors/${created.data.id}`
        yield* within(product.eventually(Effect.sync(() => hits || undefined)))

        const ran = yield* within(editor.post<MonitorCheck>(`${path}/run`))
        assert.strictEqual(ran.status, 200)
        assert.strictEqual(ran.data.status, "up")
        assert.strictEqual(ran.data.monitorId, created.data.id)
        // What the target said is for whoever asked; of a check that is up it is not kept.
        assert.isNotNull(ran.data.detail?.response)
        const timings = Record.map(ran.data.timings, (us) => toMicroseconds(toShort(us)))
        assert.deepStrictEqual((yield* editor.get<ReadonlyArray<MonitorCheck>>(`${path}/checks?limit=1`)).data, [
          { ...ran.data, timings, detail: null }
        ])

        const changed = yield* editor.patch(path, { intervalSeconds: 1, timeoutSeconds: 1 })
        assert.strictEqual(changed.status, 200)
        yield* within(hit)
        assert.strictEqual((yield* editor.post<Monitor>(`${path}/pause`)).data.status, "paused")
        yield* quiet
        const refused = yield* editor.post<null>(`${path}/run`)
        assert.strictEqual(refused.status, 409)
        yield* editor.post(`${path}/resume`)
        yield* within(hit)
        yield* editor.remove(path)
        assert.strictEqual((yield* editor.get(path)).status, 404)
        yield* quiet
        assert.strictEqual((yield* editor.post(`${path}/restore`)).status, 200)
        yield* within(hit)
        yield* editor.remove(path)
      }),
    60_000
  )

  it.effect(
    "tries a URL and tests a channel from the worker, and shows the phases as they pass",
    () =>
      Effect.gen(function* () {
        const product = yield* Product
        const person = yield* product.register("person@example.org")
        const target = yield* serve(() => ({ status: 200, body: "hello" }))
        const input = { type: "http", settings: { url: target.url }, timeoutSeconds: 5 }
        const tried = yield* person.post<CheckOutcome>("/checks/try", input)
        assert.strictEqual(tried.status, 200)
        assert.strictEqual(tried.data.status, "up")
        const text = yield* person.stream("/checks/try/live", input)
        const events = [...text.matchAll(/^event: (.*)$/gm)].map(([, event]) => event)
        assert.deepStrictEqual(events, ["phase", "phase", "phase", "outcome"])
        assert.deepStrictEqual(
          [...text.matchAll(/"phase":"(\w+)"/g)].map(([, phase]) => phase),
          ["connect", "first_byte", "transfer"]
        )

        const nowhere = { ...input, settings: { url: "http://127.0.0.1:1/" } }
        assert.strictEqual(
          (yield* person.post<CheckOutcome>("/checks/try", nowhere)).data.error?.code,
          "connection_refused"
        )
        const metadata = { ...input, settings: { url: "http://169.254.169.254/latest/meta-data" } }
        assert.strictEqual((yield* person.post<CheckOutcome>("/checks/try", metadata)).data.error?.code, "blocked")

        const sink = yield* serve(() => ({ status: 202, body: "taken" }))
        const channel = yield* person.post<AlertChannel>("/alert-channels", {
          name: "Sink",
          type: "webhook",
          settings: { url: sink.url }
        })
        assert.match(channel.data.settings["secret"] as string, /^whsec_/)
        const report = yield* person.post<DeliveryReport>(`/alert-channels/${channel.data.id}/test`)
        assert.deepInclude(report.data, { delivered: true, status: 202, answer: "taken" })
      }),
    60_000
  )

  it.effect(
    "ends as a whole on Ctrl-C: no process, no pid file",
    () =>
      Effect.gen(function* () {
        const product = yield* Product
        const processes = yield* product.processes
        assert.isAtLeast(processes.length, 4)
        assert.strictEqual(yield* product.interrupt, 0)
        assert.deepStrictEqual(processes.filter(isAlive), [])
        assert.deepStrictEqual(product.pidFiles(), [])
      }),
    60_000
  )
})

/** Standard Webhooks 1.0, computed independently of the product. */
const assertSigned = ({ body, headers }: Delivery): void => {
  const text = `${headers["webhook-id"]}.${headers["webhook-timestamp"]}.${body}`
  assert.strictEqual(headers["webhook-signature"], `v1,${createHmac("sha256", key).update(text).digest("base64")}`)
}

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

const tables = [
  "monitors",
  "monitor_state",
  "monitor_checks",
  "incidents",
  "alert_channels",
  "alert_rules",
  "notifications"
] as const
const none = Object.fromEntries(tables.map((table) => [table, 0]))

/** As the API's own login, with the tenant of the caller, and without a single WHERE. */
const rowsSeenBy = (dataDir: string, tenantId: string) =>
  Effect.gen(function* () {
    const keys = Keys.fromSecret(Redacted.make(readFileSync(join(dataDir, "secret"), "utf8").trim()))
    const [, , , port] = readFileSync(join(dataDir, "postgres-18", "postmaster.pid"), "utf8").split("\n")
    const url = Redacted.make(`postgres://127.0.0.1:${port}/vinsight`)
    const login = Connections.withLogin(url, Connections.apiRole, keys.rolePassword(Connections.apiRole))
    const sql = Context.get(yield* Layer.build(PgClient.layer({ url: login, maxConnections: 1 })), PgClient.PgClient)
    return yield* sql.withTransaction(
      Effect.gen(function* () {
        yield* sql`SELECT set_config('app.tenant_id', ${tenantId}, true)`
        const counts = yield* Effect.forEach(
          tables,
          (table) => sql<{ n: number }>`SELECT count(*)::integer AS n FROM ${sql(table)}`
        )
        return Object.fromEntries(tables.map((table, index) => [table, counts[index]![0]!.n]))
      })
    )
  }).pipe(Effect.scoped)
