/** This worker among those of its region: where they reach it, and under which name it holds what it owns. */
import { probePort } from "@v-insight/database/probePort"
import { StartError } from "@v-insight/database/Process"
import { Effect } from "effect"
import type { ClusterSettings } from "./ClusterSettings.ts"

export interface Runner extends ClusterSettings {
  readonly owner: string
}

/** With a free port, where none was chosen. */
export const runnerOf = Effect.fnUntraced(function* (settings: ClusterSettings): Effect.fn.Return<Runner, StartError> {
  const { runnerHost } = settings
  const runnerPort =
    settings.runnerPort === 0
      ? yield* Effect.mapError(
          probePort(runnerHost),
          (code) => new StartError({ message: unlistenable(code, runnerHost) })
        )
      : settings.runnerPort
  return { ...settings, runnerPort, owner: `${runnerHost}:${runnerPort}` }
})

const unlistenable = (code: string, host: string): string =>
  `This machine cannot listen at ${host} (${code}): set VINSIGHT_RUNNER_HOST to an address of its own.`
