/** The first line of every handler that changes something. */
import { Forbidden } from "@v-insight/domain/api/Failures"
import { TenantContext } from "@v-insight/domain/model/TenantContext"
import { isAllowed, type Permission } from "@v-insight/domain/rules/permission"
import { Effect } from "effect"

export const permit = (permission: Permission): Effect.Effect<void, Forbidden, TenantContext> =>
  Effect.flatMap(TenantContext, ({ role }) =>
    isAllowed(role, permission)
      ? Effect.void
      : Effect.fail(
          new Forbidden({ permission, message: `The role ${role} does not allow this. Ask an owner of the workspace.` })
        )
  )
