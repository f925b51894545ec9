/** Instants in bodies, which the contract has looked at (domain/model/Timestamp). */
import { instantOf } from "@v-insight/domain/model/Timestamp"
import { Option } from "effect"

/** Epoch ms. */
export const epochMsOf = (instant: string): number => Option.getOrThrow(instantOf(instant))
