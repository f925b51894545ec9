/** People and jobs who use the API, through the balancer or past it. */
import type { Database } from "../database.ts"

/** Longer than anything that is waited for. */
const patienceMs = 15_000

export interface Answer {
  /** 0: no answer. */
  readonly status: number
  readonly data: unknown
  /** Epoch milliseconds. */
  readonly began: number
  readonly ms: number
  /** Why there is no answer. */
  readonly why: string
}

export type Ask = (method: string, path: string, body?: unknown) => Promise<Answer>

export const asking =
  (origin: string, token?: string): Ask =>
  async (method, path, body) => {
    const began = Date.now()
    const started = performance.now()
    const answer = (status: number, data: unknown, why = ""): Answer => ({
      status,
      data,
      began,
      ms: performance.now() - started,
      why
    })
    try {
      const response = await fetch(`${origin}${path}`, {
        method,
        headers: {
          connection: "close",
          ...(body === undefined ? {} : { "content-type": "application/json" }),
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` })
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(patienceMs)
      })
      const { data } = (await response.json()) as { readonly data: unknown }
      return answer(response.status, data)
    } catch (error) {
      const { cause, message } = error as Error
      return answer(0, null, `${message} ${cause instanceof Error ? cause.message : ""}`)
    }
  }

export const isDone = ({ status }: Answer): boolean => status >= 200 && status < 300

export interface Person {
  readonly token: string
  readonly tenantId: string
}

export const signUp = async (origin: string, name: string): Promise<Person> => {
  const { data, status } = await asking(origin)("POST", "/api/v1/auth/register", {
    email: `${name}@chaos.example`,
    password: "correct horse battery"
  })
  if (status !== 201) throw new Error(`${name} cannot sign up: ${status}`)
  const { tenant, token } = data as { readonly token: string; readonly tenant: { readonly id: string } }
  return { token, tenantId: tenant.id }
}

/** Monitors of a tenant that nobody made through the API. */
export const insertMonitors = async (
  { query }: Database,
  tenantId: string,
  monitors: ReadonlyArray<{ readonly id: string; readonly bucket: number; readonly paused: boolean }>,
  { intervalSeconds, url }: { readonly url: string; readonly intervalSeconds: number }
): Promise<void> => {
  await query(
    `INSERT INTO monitors (tenant_id, id, bucket, name, type, settings, interval_seconds, timeout_seconds, confirmations, recovery_checks, paused)
     SELECT $1, m.id, m.bucket, 'Monitor', 'http', jsonb_build_object('url', $2::text), $3, 5, 1, 1, m.paused
     FROM json_to_recordset($4) AS m(id uuid, bucket int, paused boolean)`,
    [tenantId, url, intervalSeconds, JSON.stringify(monitors)]
  )
  await query(
    `INSERT INTO monitor_state (tenant_id, monitor_id)
     SELECT $1, m.id FROM json_to_recordset($2) AS m(id uuid)
     -- the worker may have found them already
     ON CONFLICT DO NOTHING`,
    [tenantId, JSON.stringify(monitors)]
  )
}
