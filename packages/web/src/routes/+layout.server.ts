/** What every page knows of the browser that asks. */
import type { LayoutServerLoad } from "./$types"

export const load: LayoutServerLoad = ({ locals }) => ({
  theme: locals.theme,
  density: locals.density,
  timeZone: locals.timeZone,
  now: Date.now()
})
