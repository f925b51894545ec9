/** The last hours of a row: the median of each as a line that breaks where there was none, failures as ticks on the floor. */
import { round } from "./scale.ts"

/** Levels from the lowest to the highest value: more cannot be told apart in 20 px. */
const levels = 24
const first = "a".charCodeAt(0)
/** Room above and below, so that small changes of a steady line stay small. */
const [below, above] = [0.9, 1.02]

/**
 * One letter an hour on the way to the browser: its level, in capitals when checks failed; `-` and `!` where nothing was
 * measured.
 */
export const packHours = (medians: ReadonlyArray<number | null>, failures: ReadonlyArray<number>): string => {
  const known = medians.filter((value) => value !== null)
  const [low, high] = [Math.min(...known) * below, Math.max(...known) * above]
  return medians
    .map((value, index) => {
      const hasFailed = (failures[index] ?? 0) > 0
      if (value === null) return hasFailed ? "!" : "-"
      const letter = String.fromCharCode(first + Math.round(((value - low) / (high - low || 1)) * levels))
      return hasFailed ? letter.toUpperCase() : letter
    })
    .join("")
}

export const hourPaths = (packed: string, width: number, height: number) => {
  const x = (index: number) => round((index / Math.max(1, packed.length - 1)) * (width - 4) + 2)
  const y = (level: number) => round(height - 4 - (level / levels) * (height - 6))
  let line = ""
  let failures = ""
  let last: { readonly x: number; readonly y: number } | undefined
  let isDrawing = false
  Array.from(packed, (letter, index) => {
    if (letter === "!" || (letter >= "A" && letter <= "Z")) failures += `M${round(x(index) - 1.5)} ${height - 2}h3`
    if (letter === "!" || letter === "-") isDrawing = false
    else {
      last = { x: x(index), y: y(letter.toLowerCase().charCodeAt(0) - first) }
      // An hour that stands alone is a dot, by the round ends of the line.
      line += isDrawing ? `L${last.x} ${last.y}` : `M${last.x} ${last.y}h0`
      isDrawing = true
    }
  })
  return { line, failures, last }
}
