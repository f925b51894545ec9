/** Runs one check of a kind over the real dialer, with settings as they come over the API. */
import type { CheckOutcome } from "@v-insight/domain/model/CheckOutcome"
import type { Dialer } from "@v-insight/domain/monitor-types/Dialer"
import type { MonitorType } from "@v-insight/domain/monitor-types/MonitorType"
import { Effect, Schema } from "effect"
import { TestDialer } from "./TestDialer.ts"

export const checkOf =
  <Type extends string, S extends Schema.Codec<unknown, unknown>>(kind: MonitorType<Type, S, Dialer>) =>
  (settings: Readonly<Record<string, unknown>>, timeoutMs = 2_000): Effect.Effect<CheckOutcome, Schema.SchemaError> =>
    Schema.decodeUnknownEffect(kind.settings)(settings).pipe(
      Effect.flatMap((decoded) => kind.check(decoded, { timeoutMs })),
      Effect.provide(TestDialer)
    )

/** What a test says of an outcome: `up`, `degraded certificate_expires_soon`, `down connection_refused`. */
export const verdict = ({ error, status }: CheckOutcome): string =>
  error === null ? status : `${status} ${error.code}`

/** What is wrong with settings, as text; undefined when they are taken. */
export const settingsProblem = <Type extends string, S extends Schema.Codec<unknown, unknown>>(
  kind: MonitorType<Type, S, Dialer>,
  settings: Readonly<Record<string, unknown>>
): Effect.Effect<string | undefined> =>
  Schema.decodeUnknownEffect(kind.settings)(settings).pipe(
    Effect.as(undefined),
    Effect.catch((error) => Effect.succeed(String(error)))
  )
