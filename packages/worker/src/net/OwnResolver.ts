/** The machine's resolver as this process uses it: one cache for all, and whether it answers anybody at all. */
import { Context, Effect, Layer } from "effect"
import { Resolver, type Resolve, type ResolverOptions } from "./Resolver.ts"

export class OwnResolver extends Context.Service<
  OwnResolver,
  {
    readonly resolve: Resolve
    /** Asks for the root, of which every resolver knows; at most 2 s. */
    readonly answers: Effect.Effect<boolean>
  }
>()("@v-insight/worker/net/OwnResolver") {
  static make(options: ResolverOptions = {}): OwnResolver["Service"] {
    const resolver = new Resolver(options)
    return {
      resolve: resolver.resolve,
      answers: Effect.callback((resume) => resolver.lookForLife((isAlive) => resume(Effect.succeed(isAlive))))
    }
  }

  static readonly layer = Layer.sync(OwnResolver, () => OwnResolver.make())
}
