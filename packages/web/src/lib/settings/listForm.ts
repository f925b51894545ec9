/**
 * Forms whose rows come, go and change places on the server: the same with and without JS. What was worked on keeps the
 * focus.
 */
import type { SubmitFunction } from "$app/forms"
import { tick } from "svelte"

/** Which row to go on with after `add`, `remove:1`, `up:2`, `down:0`, of so many. */
export const rowAfter = (change: string | undefined, count: number): number | undefined => {
  if (change === undefined) return undefined
  const [kind, place] = change.split(":")
  const index = Number(place)
  const next = kind === "add" ? count - 1 : kind === "up" ? index - 1 : kind === "down" ? index + 1 : index
  return Math.max(0, Math.min(count - 1, next))
}

/** What was typed stays; then the row that was worked on has the focus, or what was refused. */
export const enhanceRows: SubmitFunction =
  ({ formElement, action }) =>
  async ({ update, result }) => {
    await update({ reset: false })
    await tick()
    if (result.type === "failure") formElement.querySelector<HTMLElement>("[aria-invalid=true]")?.focus()
    else if (action.search.includes("change")) formElement.querySelector<HTMLElement>("[data-worked-on]")?.focus()
  }
