/** What a log may hold of a mistake of ours: an SqlError prints every parameter, and other objects whatever they carry. */
import { describeSqlError } from "@v-insight/database/SqlTrouble"
import { Effect } from "effect"
import { isSqlError } from "effect/sql/SqlError"

export const logDefect = (message: string, defect: unknown): Effect.Effect<void> =>
  Effect.logError(message).pipe(Effect.annotateLogs({ defect: describe(defect) }))

const describe = (defect: unknown): string => {
  if (isSqlError(defect)) return describeSqlError(defect)
  return defect instanceof Error ? (defect.stack ?? defect.message) : typeof defect
}
