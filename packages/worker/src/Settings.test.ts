import { assert, it } from "@effect/vitest"
import { ConfigProvider, Effect } from "effect"
import { settings } from "./Settings.ts"

const given = (environment: Readonly<Record<string, string>>) =>
  settings.parse(ConfigProvider.fromEnv({ env: { ...environment } }))

it.effect("has a default for everything", () => Effect.asVoid(given({})))

it.effect.each([
  "VINSIGHT_CAPACITY=0",
  "VINSIGHT_HOST_CONCURRENCY=0",
  "VINSIGHT_RETENTION_DAYS=0",
  "VINSIGHT_RETENTION_DAYS=-1",
  "VINSIGHT_WORKER_PORT=65536"
])("refuses %s", (text) => {
  const [name = "", value = ""] = text.split("=")
  return Effect.map(Effect.flip(given({ [name]: value })), ({ message }) => assert.include(message, name))
})
