/** For which tenant something goes out, so that it takes no more than its share of what there is of connections. */
import { Context, Effect } from "effect"
import type { HostTurns } from "./HostTurns.ts"

/** Empty: for nobody in particular. */
export const OnBehalf = Context.Reference<string>("@v-insight/worker/net/OnBehalf", { defaultValue: () => "" })

/** The environment as that tenant has it. */
export const onBehalf = <E extends { readonly turns: HostTurns }, A, Err, R>(
  environment: E,
  use: (environment: E) => Effect.Effect<A, Err, R>
): Effect.Effect<A, Err, R> =>
  Effect.flatMap(OnBehalf, (tenantId) =>
    use(tenantId === "" ? environment : { ...environment, turns: environment.turns.of(tenantId) })
  )
