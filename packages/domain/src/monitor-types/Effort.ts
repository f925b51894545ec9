/**
 * How a check computes what may take long, over what a stranger sent: patterns, JSON, hiding secrets. The worker lets no
 * tenant keep it from the others; elsewhere it is simply done.
 */
import { Context, Effect } from "effect"

export type Effort = <A>(work: () => A) => Effect.Effect<A>

export const Effort = Context.Reference<Effort>("@v-insight/domain/monitor-types/Effort", {
  defaultValue: (): Effort => Effect.sync
})
