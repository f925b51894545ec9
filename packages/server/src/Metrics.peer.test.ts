/** What Prometheus itself says of our metrics: its promtool reads the page of an API that has answered. */
import { spawnSync } from "node:child_process"
import { assert, layer } from "@effect/vitest"
import { Effect } from "effect"
import { TestServer } from "./testing/TestServer.ts"

layer(TestServer.layer, { excludeTestServices: true })("promtool", (it) => {
  it.effect("has nothing to say against the API's metrics", () =>
    Effect.gen(function* () {
      const { ask } = yield* TestServer
      yield* ask("GET", "/api/v1/monitors")
      yield* ask("GET", "/nowhere")
      const { text } = yield* ask("GET", "/metrics")
      assert.match(text, /^vinsight_http_requests_total/m)
      const { status, stderr, stdout } = spawnSync("promtool", ["check", "metrics"], { input: text, encoding: "utf8" })
      assert.strictEqual(`${stdout}${stderr}`, "")
      assert.strictEqual(status, 0)
    })
  )
})
