/**
 * One incarnation of a bucket: valid only while `check_buckets.epoch` still equals `epoch`. It can be lost, but never
 * regained: the next incarnation has a new epoch and a new Lease.
 */
import { Data, Deferred, Effect, Latch } from "effect"

export class LeaseLost extends Data.TaggedError("LeaseLost")<{ readonly bucket: number; readonly why: string }> {}

export class Lease {
  readonly bucket: number
  readonly epoch: number
  readonly #lost = Deferred.makeUnsafe<never, LeaseLost>()
  readonly #settled = Latch.makeUnsafe(true)
  #pending = 0

  constructor(bucket: number, epoch: number) {
    this.bucket = bucket
    this.epoch = epoch
  }

  /** Fails once the lease is lost. */
  get lost(): Effect.Effect<never, LeaseLost> {
    return Deferred.await(this.#lost)
  }

  get isLost(): boolean {
    return Deferred.isDoneUnsafe(this.#lost)
  }

  /** Waits until everything recorded under the lease was committed or refused. */
  get settled(): Effect.Effect<void> {
    return this.#settled.await
  }

  get isSettled(): boolean {
    return this.#pending === 0
  }

  /** A row was recorded and has no answer yet. */
  enter(): void {
    this.#pending++
    this.#settled.closeUnsafe()
  }

  /** A row has its answer. */
  leave(): void {
    if (--this.#pending === 0) this.#settled.openUnsafe()
  }

  lose(why: string): void {
    if (this.isLost) return
    Deferred.doneUnsafe(this.#lost, Effect.fail(new LeaseLost({ bucket: this.bucket, why })))
  }
}
