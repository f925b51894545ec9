/** Everything that the demo's tenant watches: a shop with its platform, partners and jobs. */
import type { Places } from "../Places.ts"
import type { Watched } from "../Watched.ts"
import { backstage } from "./backstage.ts"
import { platform } from "./platform.ts"
import { shop } from "./shop.ts"

export const estate = (places: Places): ReadonlyArray<Watched> => [
  ...shop(places),
  ...platform(places),
  ...backstage(places)
]
