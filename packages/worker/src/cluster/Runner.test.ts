import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { defaults } from "./ClusterSettings.ts"
import { runnerOf } from "./Runner.ts"

it.live("takes a free port where none was chosen, and is called by it", () =>
  Effect.map(runnerOf(defaults), ({ owner, runnerPort }) => {
    assert.isAbove(runnerPort, 0)
    assert.strictEqual(owner, `127.0.0.1:${runnerPort}`)
  })
)

it.live("says what to set when the address is another machine's", () =>
  Effect.map(Effect.flip(runnerOf({ ...defaults, runnerHost: "192.0.2.1" })), ({ message }) =>
    assert.include(message, "set VINSIGHT_RUNNER_HOST")
  )
)
