/** Runs one check of a kind over the real dialer, with settings as they come over the API. */
import type { CheckOutcome } from "@v-insight/domain/model/CheckOutcome"
import type { MonitorType } from "@v-insight/domain/monitor-types/MonitorType"
import { Effect, type Layer, Schema } from "effect"
import { checkServices } from "./TestDialer.ts"

/** What kinds may need. */
type Services = Layer.Success<ReturnType<typeof checkServices>>

export const checkOf =
  <Type extends string, S extends Schema.Codec<unknown, unknown>>(kind: MonitorType<Type, S, Services>) =>
  (settings: Readonly<Record<string, unknown>>, timeoutMs = 2_000): Effect.Effect<CheckOutcome, Schema.SchemaError> =>
    Schema.decodeUnknownEffect(kind.settings)(settings).pipe(
      Effect.flatMap((decoded) => kind.check(decoded, { timeoutMs })),
      Effect.provide(checkServices())
    )

/** What a test says of an outcome: `up`, `degraded certificate_expires_soon`, `down connection_refused`. */
export const verdict = ({ error, status }: CheckOutcome): string =>
  error === null ? status : `${status} ${error.code}`

/** What is wrong with settings, as text; undefined when they are taken. */
export const settingsProblem = <Type extends string, S extends Schema.Codec<unknown, unknown>>(
  kind: MonitorType<Type, S, Services>,
  settings: Readonly<Record<string, unknown>>
): Effect.Effect<string | undefined> =>
  Schema.decodeUnknownEffect(kind.settings)(settings).pipe(
    Effect.as(undefined),
    Effect.catch((error) => Effect.succeed(String(error)))
  )
