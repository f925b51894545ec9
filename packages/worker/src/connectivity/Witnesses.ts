/**
 * Whom we ask whether our own network is there: addresses that the operator named, or, where nothing was set, targets
 * that answered lately (RecentTargets.ts), since nobody else should hear of this installation.
 */
import { intSetting } from "@v-insight/database/intSetting"
import { Config, Schema } from "effect"
import { type AddressScope, scopeOf } from "../net/AddressScope.ts"
import type { Door } from "../net/knock.ts"
import { hostTarget } from "../net/Target.ts"

const maxWitnesses = 10

export type WitnessSettings =
  | { readonly kind: "off" }
  /** Targets that answered lately. */
  | { readonly kind: "targets" }
  | { readonly kind: "named"; readonly doors: ReadonlyArray<Door> }

const doorOf = (entry: string): Door | undefined => {
  const colon = entry.lastIndexOf(":")
  const target = hostTarget(entry.slice(0, colon).replace(/^\[|\]$/g, ""), Number(entry.slice(colon + 1)))
  return colon < 0 || target === undefined ? undefined : { host: target.host, port: target.port }
}

const entriesOf = (list: string): ReadonlyArray<string> =>
  list
    .split(",")
    .map((entry) => entry.trim())
    .filter((entry) => entry !== "")

const problemOf = (list: string): string | undefined => {
  if (list.trim() === "none") return undefined
  const entries = entriesOf(list)
  if (entries.length > maxWitnesses) return `At most ${maxWitnesses} witnesses are asked.`
  const wrong = entries.find((entry) => doorOf(entry) === undefined)
  return wrong === undefined ? undefined : `"${wrong}" is no witness. Write host:port, such as 192.0.2.1:443.`
}

const List = Schema.String.check(Schema.makeFilter((list) => problemOf(list) ?? true))

/** VINSIGHT_WITNESSES: `host:port`, comma separated; "none" for none at all; absent: targets that answered lately. */
export const witnessSettings: Config.Config<WitnessSettings> = Config.schema(List, "VINSIGHT_WITNESSES").pipe(
  Config.withDefault(""),
  Config.map((list) => {
    if (list.trim() === "none") return { kind: "off" }
    const doors = entriesOf(list).flatMap((entry) => doorOf(entry) ?? [])
    return doors.length === 0 ? { kind: "targets" } : { kind: "named", doors }
  })
)

/** How many of the named ones must answer for our network to be there. */
export const witnessesNeeded: Config.Config<number> = intSetting("VINSIGHT_WITNESSES_NEEDED", {
  minimum: 1,
  maximum: maxWitnesses
}).pipe(Config.withDefault(1))

/** Named ones, by what they can tell of; a name stands for the internet. */
export const doorsByScope = (doors: ReadonlyArray<Door>): ReadonlyMap<AddressScope, ReadonlyArray<Door>> =>
  Map.groupBy(doors, ({ host }) => (/^[\d.]+$|:/.test(host) ? scopeOf(host) : "public"))
