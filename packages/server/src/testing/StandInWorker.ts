/** Answers the API's requests the way the worker does, row by row, with answers that a test chooses. */
import { PgClient } from "@effect/sql-pg"
import { openPayload } from "@v-insight/database/repo/WorkRequestRepo"
import { SecretBox } from "@v-insight/database/SecretBox"
import { TestBox } from "@v-insight/database/testing/TestBox"
import { Effect, Queue, Stream } from "effect"

export interface Request {
  readonly kind: string
  readonly tenantId: string
  readonly id: string
  readonly bucket: string
  /** As the worker opens it. */
  readonly payload: unknown
  /** As it lies in the table. */
  readonly raw: string
}

/** `reply` tells what the worker says of a request before the answer, and the answer. */
export const standIn = Effect.fnUntraced(function* (
  reply: (request: Request) => { readonly progress?: ReadonlyArray<string>; readonly answer: object }
) {
  const sql = yield* PgClient.PgClient
  const box = yield* Effect.provide(SecretBox, TestBox)
  const seen = yield* Queue.unbounded<Request>()
  const requested = yield* sql.listen("work_requested")
  yield* Stream.fromQueue(requested).pipe(
    Stream.runForEach(
      Effect.fnUntraced(function* ({ payload: text }) {
        const [kind, tenantId, id, bucket] = text.split(" ") as [string, string, string, string]
        const [row] = yield* sql<{
          payload: unknown
        }>`SELECT payload FROM work_requests WHERE tenant_id = ${tenantId} AND id = ${id}`
        const payload = row?.payload == null ? null : yield* openPayload(box, row.payload, { tenantId, rowId: id })
        const request = { kind, tenantId, id, bucket, payload, raw: JSON.stringify(row?.payload ?? null) }
        yield* Queue.offer(seen, request)
        const { answer, progress = [] } = reply(request)
        for (const step of progress) yield* sql.notify("work_progress", `${id} ${step}`)
        yield* sql`
          UPDATE work_requests SET answered_at = now(), answer = ${JSON.stringify(answer)}::jsonb, payload = NULL
          WHERE tenant_id = ${tenantId} AND id = ${id}`
        yield* sql.notify("work_answered", id)
      })
    ),
    Effect.forkScoped
  )
  return { seen: Queue.take(seen) }
})
