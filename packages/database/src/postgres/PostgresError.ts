/** PostgreSQL could not be found, started or kept: one sentence that says what to do about it. */
import { Schema } from "effect"

export class PostgresError extends Schema.TaggedError<PostgresError>()("PostgresError", { message: Schema.String }) {}
