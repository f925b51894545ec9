/**
 * Whether somebody looks at this very check, a try or a "run now": then what the target answered is kept even when all
 * is well. Otherwise only a bad check keeps it, so that the common one stays cheap.
 */
import { Context } from "effect"

export const CheckEvidence = Context.Reference<boolean>("@v-insight/domain/monitor-types/CheckEvidence", {
  defaultValue: () => false
})
