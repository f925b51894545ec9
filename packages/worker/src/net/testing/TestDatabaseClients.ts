/** The real database clients as tests need them, and the kinds of checks over them. */
import { DatabaseClients } from "@v-insight/domain/monitor-types/DatabaseClients"
import { mysql } from "@v-insight/domain/monitor-types/mysql"
import { postgres } from "@v-insight/domain/monitor-types/postgres"
import { Effect, Schema } from "effect"
import { SafeDatabaseClients } from "../SafeDatabaseClients.ts"
import { testEnvironment } from "./TestDialer.ts"

export interface CheckOptions {
  readonly timeoutMs?: number
  /** Ranges that may be dialled; loopback unless given. */
  readonly allowed?: ReadonlyArray<string>
}

type Sent = Readonly<Record<string, unknown>>

const decode = {
  postgres: Schema.decodeUnknownEffect(postgres.settings),
  mysql: Schema.decodeUnknownEffect(mysql.settings)
}

const clients = (allowed?: ReadonlyArray<string>) => SafeDatabaseClients.make(testEnvironment(allowed))

export const checkPostgres = (settings: Sent, { allowed, timeoutMs = 5_000 }: CheckOptions = {}) =>
  Effect.flatMap(decode.postgres(settings), (it) => postgres.check(it, { timeoutMs })).pipe(
    Effect.provideService(DatabaseClients, clients(allowed))
  )

export const checkMysql = (settings: Sent, { allowed, timeoutMs = 5_000 }: CheckOptions = {}) =>
  Effect.flatMap(decode.mysql(settings), (it) => mysql.check(it, { timeoutMs })).pipe(
    Effect.provideService(DatabaseClients, clients(allowed))
  )
