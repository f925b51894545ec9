/** Where monitors can be checked from, and whether a monitor may be. */
import { RegionRepo } from "@v-insight/database/repo/RegionRepo"
import { Api } from "@v-insight/domain/api/Api"
import { ValidationFailed } from "@v-insight/domain/api/Failures"
import type { Monitor } from "@v-insight/domain/model/Monitor"
import { isConclusive } from "@v-insight/domain/monitor-types/registry"
import { Effect } from "effect"
import { HttpApiBuilder } from "effect/http-api"

export const RegionsLive = HttpApiBuilder.group(
  Api,
  "regions",
  Effect.fnUntraced(function* (handlers) {
    const regions = yield* RegionRepo
    return handlers.handle("list", () => regions.list)
  })
)

/** Regions that exist, and a quorum that they can reach. `isChosen`: somebody names them now. */
export const checkedRegions = <V extends Pick<Monitor, "type" | "regions" | "quorum">>(
  values: V,
  isChosen: boolean
): Effect.Effect<V, ValidationFailed, RegionRepo> =>
  Effect.gen(function* () {
    const regions = yield* RegionRepo
    const known = isChosen && values.regions.length > 0 ? (yield* regions.list).map(({ name }) => name) : values.regions
    const issues = issuesOf(values, known)
    return issues.length === 0 ? values : yield* new ValidationFailed({ issues })
  })

const issuesOf = (
  { quorum, regions, type }: Pick<Monitor, "type" | "regions" | "quorum">,
  known: ReadonlyArray<string>
) => {
  const strange = regions.find((region) => !known.includes(region))
  const most = Math.max(1, regions.length)
  return [
    ...(strange === undefined
      ? []
      : [
          {
            path: "regions",
            message:
              known.length === 0
                ? `No worker has come from ${strange} yet: start one with VINSIGHT_REGION=${strange} first`
                : `No worker has ever come from ${strange}: choose from ${known.join(", ")}`
          }
        ]),
    ...(regions.length > 1 && isConclusive(type)
      ? [{ path: "regions", message: "A monitor of this type is called, not checked: name one region at most" }]
      : []),
    ...(quorum !== null && quorum > most
      ? [{ path: "quorum", message: `At most the number of regions, which is ${most}; null is more than half` }]
      : [])
  ]
}
