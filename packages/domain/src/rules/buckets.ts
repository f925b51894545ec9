/** Which bucket schedules a monitor: fixed for its life, the same in every process. */
import { hashOf } from "./hash.ts"

/** Enough to spread over any number of workers that one database can feed. */
export const bucketCount = 64

export const bucketOf = (monitorId: string): number => hashOf(monitorId) % bucketCount
