/** How much an incident matters: what wakes people, what waits for the morning, what is good to know. */
import { Schema } from "effect"

export const Severity = Schema.Literals(["critical", "warning", "info"]).annotate({ identifier: "Severity" })
export type Severity = typeof Severity.Type
