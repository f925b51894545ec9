/** Why a command does not do what it was asked: one sentence that says what to do. */
import { Schema } from "effect"

export class Refusal extends Schema.TaggedError<Refusal>()("Refusal", { message: Schema.String }) {}
