import { frame } from "#lib/server/frame.ts"
import type { LayoutServerLoad } from "./$types"

export const load: LayoutServerLoad = (event) => {
  event.depends("vinsight:live")
  return frame(event)
}
