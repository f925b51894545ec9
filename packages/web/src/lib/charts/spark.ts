/** The paths of a sparkline: the good checks as a line that breaks where there were none. */
import type { Point } from "./points.ts"
import { round } from "./scale.ts"

export const sparkPaths = (points: ReadonlyArray<Point>, width: number, height: number) => {
  const good = points.map(({ status, total }) => (status === "down" ? null : total))
  const values = good.filter((value) => value !== null)
  const [low, high] = [Math.min(...values) * 0.9, Math.max(...values) * 1.02]
  const x = (index: number) => round((index / Math.max(1, points.length - 1)) * (width - 4) + 1)
  const y = (value: number) => round(height - 4 - ((value - low) / (high - low || 1)) * (height - 6))
  let line = ""
  let isDrawing = false
  good.forEach((value, index) => {
    if (value !== null) line += `${isDrawing ? "L" : "M"}${x(index)} ${y(value)}`
    isDrawing = value !== null
  })
  const failures = points
    .map(({ status }, index) => (status === "down" ? `M${round(x(index) - 1.5)} ${height - 3}h3` : ""))
    .join("")
  const last = good.at(-1) ?? null
  return { line, failures, last: last === null ? undefined : { x: x(points.length - 1), y: y(last) } }
}
