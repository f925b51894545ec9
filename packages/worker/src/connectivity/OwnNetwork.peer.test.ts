/**
 * R13: a worker in a network namespace whose way to everything that it watches is taken away for 20 s, while the one to
 * its database stays. Nobody is down meanwhile.
 */
import { PgClient } from "@effect/sql-pg"
import { assert, layer } from "@effect/vitest"
import { TestDatabase } from "@v-insight/database/testing/TestDatabase"
import { Effect, Redacted } from "effect"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { eventuallyWithin } from "../testing/eventually.ts"
import { namespace } from "../testing/namespace.ts"
import { asSuperuser, insertMonitor, insertRule, insertTenant } from "../testing/Seed.ts"
import { startWorker } from "../testing/WorkerProcess.ts"

const hosts = 6
const monitorsPerHost = 5
const intervalSeconds = 2
const awaySeconds = 20
/** Of the monitors in `Seed`. */
const timeoutMs = 2_000
/** For a judgement, and for a busy machine. */
const graceMs = 3_000

const all = <A extends object>(query: (sql: PgClient.PgClient) => Effect.Effect<ReadonlyArray<A>, unknown>) =>
  Effect.flatMap(PgClient.PgClient, query).pipe(asSuperuser, Effect.orDie)

const eventually = <A, R>(ask: Effect.Effect<A | undefined, never, R>, limit = "30 seconds" as const) =>
  eventuallyWithin(limit)(ask)

/** A busy machine may make the worker stand still, which is told as it is. */
const expected: ReadonlySet<string> = new Set(["up ", "unknown own_network_gone", "unknown worker_stalled"])

interface Call {
  readonly path: string
  readonly at: number
  readonly id: string
  readonly signature: string
  readonly body: { readonly type: string; readonly data: { readonly key?: string } }
}

/** Answers everybody, remembers who was told what. */
const outside = (address: string) =>
  Effect.acquireRelease(
    Effect.callback<{ readonly port: number; readonly calls: Array<Call>; readonly close: () => void }>((resume) => {
      const calls: Array<Call> = []
      const server = createServer((request, response) => {
        let text = ""
        request
          .on("data", (part) => (text += part))
          .on("end", () => {
            const { headers, url = "" } = request
            const id = String(headers["webhook-id"])
            const signature = String(headers["webhook-signature"])
            if (text !== "") calls.push({ path: url, at: Date.now(), id, signature, body: JSON.parse(text) })
            response.end("ok\n")
          })
      })
      const close = (): void => (server.closeAllConnections(), void server.close())
      server.listen(0, address, () =>
        resume(Effect.succeed({ port: (server.address() as AddressInfo).port, calls, close }))
      )
    }),
    ({ close }) => Effect.sync(close)
  )

interface Row {
  readonly monitor: string
  readonly status: string
  readonly code: string | null
  /** Epoch milliseconds of the beginning. */
  readonly at: number
}

const results = (tenantId: string) =>
  all<Row>(
    (sql) => sql`
      SELECT monitor_id AS monitor, status::text, error_code AS code, to_millis(checked_at)::float8 AS at
      FROM check_results WHERE tenant_id = ${tenantId} ORDER BY checked_at`
  )

const incidents = (tenantId: string) =>
  all<{ monitor: string }>((sql) => sql`SELECT monitor_id AS monitor FROM incidents WHERE tenant_id = ${tenantId}`)

layer(TestDatabase.layer, { excludeTestServices: true })("R13: our own network away for 20 s", (it) => {
  it.effect.each(["no route", "no answer"] as const)(
    "%s: nobody is down, the operator is told once, and everything goes on",
    (how) =>
      Effect.gen(function* () {
        const place = yield* namespace(hosts)
        const servers = yield* Effect.forEach(
          Array.from({ length: hosts }, (_, index) => place.outside(index + 1)),
          outside
        )
        const [first, second] = servers
        const tenantId = yield* insertTenant
        yield* insertRule(tenantId, `http://${place.outside(1)}:${first!.port}/tenant`)
        const monitors = yield* Effect.forEach(
          Array.from({ length: hosts * monitorsPerHost }, (_, index) => index % hosts),
          (host) =>
            insertMonitor({
              tenantId,
              url: `http://${place.outside(host + 1)}:${servers[host]!.port}/`,
              intervalSeconds
            })
        )
        const { workerUrl } = yield* TestDatabase
        const worker = yield* startWorker(0, {
          prefix: place.prefix,
          environment: {
            VINSIGHT_HOST: place.address,
            VINSIGHT_WORKER_DATABASE_URL: (yield* place.reaching(new URL(Redacted.value(workerUrl)))).href,
            VINSIGHT_ALLOWED_CIDRS: place.range,
            VINSIGHT_WITNESSES: [first!, second!]
              .map(({ port }, index) => `${place.outside(index + 1)}:${port}`)
              .join(),
            VINSIGHT_OPERATOR_WEBHOOK: `http://${place.outside(1)}:${first!.port}/operator`,
            VINSIGHT_OPERATOR_WEBHOOK_SECRET: "of the operator"
          }
        })
        const blind = Effect.promise(() =>
          fetch(`http://${place.address}:${worker.port}/metrics`).then((response) => response.text())
        ).pipe(Effect.map((page) => /^vinsight_worker_blind\{reason="network_gone"\} (\d)$/m.exec(page)?.[1]))
        const isUp = (since: number) =>
          Effect.map(results(tenantId), (rows) => {
            const well = new Set(
              rows.filter(({ at, status }) => at >= since && status === "up").map((row) => row.monitor)
            )
            return well.size === monitors.length || undefined
          })
        yield* eventually(isUp(0))
        assert.strictEqual(yield* blind, "0")

        const awayAt = Date.now()
        yield* how === "no route" ? place.takeRoute : place.mute
        yield* Effect.sleep(`${awaySeconds - 2} seconds`)
        assert.strictEqual(yield* blind, "1")
        yield* Effect.sleep("2 seconds")
        yield* how === "no route" ? place.giveRoute : place.unmute
        const backAt = Date.now()

        yield* eventually(isUp(backAt))
        const operators = Effect.sync(() =>
          first!.calls.filter(({ body, path }) => path === "/operator" && body.data.key !== "worker_stalled")
        )
        yield* eventually(Effect.map(operators, (calls) => calls.length >= 2 || undefined))
        yield* Effect.sleep("5 seconds")
        assert.strictEqual(yield* blind, "0")

        // The tables: nobody was down, nobody was up whom nobody could see, and all were looked at again at once.
        const rows = yield* results(tenantId)
        const odd = rows.filter(({ code, status }) => !expected.has(`${status} ${code ?? ""}`))
        assert.deepStrictEqual(
          odd.map((row) => ({ ...row, at: row.at - awayAt })),
          []
        )
        const during = rows.filter(({ at }) => at > awayAt + graceMs && at < backAt - timeoutMs - graceMs)
        assert.isAbove(during.length, monitors.length)
        assert.deepStrictEqual([...new Set(during.map(({ status }) => status))], ["unknown"])
        for (const { id } of monitors) {
          const back = rows.find(({ at, monitor, status }) => monitor === id && at >= backAt && status === "up")
          assert.isAtMost(back!.at - backAt, intervalSeconds * 1000 + timeoutMs + graceMs)
        }
        assert.deepStrictEqual(yield* incidents(tenantId), [])
        assert.deepStrictEqual(
          first!.calls.filter(({ path }) => path === "/tenant"),
          []
        )

        // The operator: one line, and one message each for beginning and end, which could be sent after it only.
        const told = yield* operators
        assert.deepStrictEqual(
          told.map(({ body }) => `${body.type} ${body.data.key}`),
          ["operator.alert.began network_gone", "operator.alert.ended network_gone"]
        )
        for (const { at, signature } of told) {
          assert.isAtLeast(at, backAt)
          assert.match(signature, /^v1,[A-Za-z0-9+/]{43}=$/)
        }
        assert.strictEqual(new Set(told.map(({ id }) => id)).size, 2)
        const errors = worker.log.map((line) => JSON.parse(line)).filter(({ level }) => level === "ERROR")
        assert.deepStrictEqual(
          errors.map(({ annotations }) => annotations.alert).filter((alert) => alert !== "worker_stalled"),
          ["network_gone"]
        )

        // And a target that is really gone is told of as ever.
        servers[5]!.close()
        yield* eventually(Effect.map(incidents(tenantId), (open) => open.length === monitorsPerHost || undefined))
        yield* eventually(
          Effect.sync(
            () => first!.calls.filter(({ path }) => path === "/tenant").length === monitorsPerHost || undefined
          )
        )
      }).pipe(Effect.scoped),
    150_000
  )
})
