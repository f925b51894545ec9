/** One action on several things: those that are gone meanwhile are passed over. */
import type { RequestEvent } from "@sveltejs/kit"
import { Effect } from "effect"
import { type Answer, attempt } from "./api.ts"

/** A list shows no more at a time. */
const most = 200
const atOnce = 8
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

type Use = Parameters<typeof attempt>[1]
type Client = Parameters<Use>[0]

export const attemptEach = <A, E>(
  event: Pick<RequestEvent, "fetch" | "locals" | "request">,
  ids: ReadonlyArray<string>,
  use: (api: Client, id: string) => Effect.Effect<A, E>
): Promise<Answer<ReadonlyArray<A>>> =>
  attempt(event, (api) =>
    Effect.forEach(
      ids.filter((id) => uuid.test(id)).slice(0, most),
      (id) =>
        use(api, id).pipe(
          Effect.map((value): ReadonlyArray<A> => [value]),
          Effect.catchIf(isGone, () => Effect.succeed<ReadonlyArray<A>>([]))
        ),
      { concurrency: atOnce }
    ).pipe(Effect.map((each) => each.flat()))
  )

const isGone = (failure: unknown): boolean =>
  typeof failure === "object" && failure !== null && "_tag" in failure && failure._tag === "NotFound"

/** `Checkout API`, or `3 monitors`. */
export const named = (items: ReadonlyArray<{ readonly name: string }>, noun: string): string =>
  items.length === 1 ? items[0]!.name : `${items.length} ${noun}s`
