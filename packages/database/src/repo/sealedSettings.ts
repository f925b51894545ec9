/** Settings as they lie in a table: those that are read back, and beside them the secret ones, sealed for their row. */
import { Effect } from "effect"
import type { Place, SecretBox, Secrets } from "../SecretBox.ts"

export interface SealedSettings {
  /** JSON. */
  readonly settings: string
  readonly secrets: Uint8Array | null
  /** Of the secrets that have a value, in the order of the kind. */
  readonly secretNames: ReadonlyArray<string>
}

const isNothing = (value: unknown): boolean =>
  value == null || value === "" || (typeof value === "object" && Object.keys(value).length === 0)

export const make = (box: SecretBox["Service"]) => ({
  /** `names` are the kind's secret settings. */
  seal: Effect.fnUntraced(function* (
    settings: Readonly<Record<string, unknown>>,
    names: ReadonlyArray<string>,
    place: Place
  ): Effect.fn.Return<SealedSettings> {
    const entries = Object.entries(settings)
    const secretNames = names.filter((name) => !isNothing(settings[name]))
    const secrets = Object.fromEntries(secretNames.map((name) => [name, settings[name]]))
    return {
      settings: JSON.stringify(Object.fromEntries(entries.filter(([name]) => !names.includes(name)))),
      secrets: secretNames.length === 0 ? null : yield* box.seal(secrets, place),
      secretNames
    }
  }),
  /** Dies when they were sealed with another key or for another row. */
  open: (sealed: Uint8Array | null, place: Place): Effect.Effect<Secrets> =>
    sealed === null ? Effect.succeed({}) : box.open(sealed, place)
})
