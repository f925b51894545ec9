/** Whose check it is, for kinds that look up what came in for the monitor. Undefined when a check is only tried. */
import { Context } from "effect"

export interface Subject {
  readonly tenantId: string
  readonly monitorId: string
}

export const CheckSubject = Context.Reference<Subject | undefined>("@v-insight/domain/monitor-types/CheckSubject", {
  defaultValue: () => undefined
})
