import { signedIn } from "#lib/server/frame.ts"
import type { LayoutServerLoad } from "./$types"

export const load: LayoutServerLoad = async (event) => ({ me: await signedIn(event) })
