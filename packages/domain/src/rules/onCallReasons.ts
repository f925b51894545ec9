/** Why somebody is on call at an instant, or nobody, in sentences: from what counts most to what counts least. */
import type { Reason } from "../model/Reason.ts"
import { type Layer, layerAt, onCallAt, overrideAt, type Rota } from "./onCall.ts"
import { offsetAt, wallText } from "./wallClock.ts"

export const onCallReasons = (rota: Rota, at: number): ReadonlyArray<Reason> => {
  const { layers, timeZone } = rota
  const override = overrideAt(rota, at)
  if (override !== undefined) {
    const end = wallText(override.endsAt + offsetAt(timeZone, override.endsAt))
    return [
      {
        code: "override",
        message: `${override.person.email} stands in until ${end} (${timeZone}), before all rotations.`
      }
    ]
  }
  const reasons: Array<Reason> = []
  // The last layer that has somebody counts; of those above it, it is told why they have nobody.
  for (let index = layers.length - 1; index >= 0; index--) {
    const reason = ofLayer(layers[index]!, timeZone, at)
    reasons.push(reason)
    if (reason.code === "layer") break
  }
  return onCallAt(rota, at) === null
    ? [
        ...reasons,
        { code: "nobody", message: "Nobody is on call: add a layer for this time, or let somebody stand in." }
      ]
    : reasons
}

const ofLayer = (layer: Layer, timeZone: string, at: number): Reason => {
  const verdict = layerAt(layer, timeZone, at)
  switch (verdict.kind) {
    case "on":
      return {
        code: "layer",
        message: `It is the turn of ${verdict.person.email} in ${layer.name}, from ${wallText(verdict.turn.from)} to ${wallText(verdict.turn.to)} (${timeZone}).`
      }
    case "left":
      return {
        code: "left",
        message: `${layer.name} has nobody: whose turn it is has left the workspace.`
      }
    case "outside_hours":
      return { code: "outside_hours", message: `${layer.name} has nobody at this time of the week.` }
    case "not_started":
      return { code: "not_started", message: `${layer.name} begins on ${wallText(verdict.startsAt)} (${timeZone}).` }
  }
}
