/** Where messages lead, and what an operator may set. */
import { assert, describe, it } from "@effect/vitest"
import { readToken } from "@v-insight/database/AcknowledgeToken"
import { Keys } from "@v-insight/database/Keys"
import { testSecret } from "@v-insight/database/testing/constants"
import { ConfigProvider, Effect, Layer, Option } from "effect"
import * as LinksModule from "./Links.ts"
import { event, incidentId, links } from "../net/testing/events.ts"

const keys = Keys.fromSecret(testSecret)
const told = { tenantId: "0193f3a0-0000-7000-8000-0000000000aa", channelId: "0193f3a0-0000-7000-8000-0000000000bb" }
const bare = event({ hasLinks: false })

const withSettings = (settings: Record<string, string>) =>
  LinksModule.Links.pipe(
    Effect.provide(
      LinksModule.layer.pipe(
        Layer.provide([Layer.succeed(Keys, keys), ConfigProvider.layer(ConfigProvider.fromUnknown(settings))])
      )
    )
  )

describe("links", () => {
  it.effect("lead to the incident and to a page that acknowledges it for a week, the same on every attempt", () =>
    Effect.gen(function* () {
      const add = yield* withSettings({ VINSIGHT_PUBLIC_URL: "https://status.example/" })
      const { links } = add(bare, told)
      assert.deepStrictEqual(add(bare, told).links, links)
      assert.strictEqual(links?.incident, `https://status.example/incidents/${incidentId}`)
      const [, token = ""] = /^https:\/\/status\.example\/acknowledge\/([\w-]+)$/.exec(links?.acknowledge ?? "") ?? []
      const at = Date.parse(bare.timestamp)
      assert.deepStrictEqual(Option.getOrUndefined(readToken(keys, token, at + 6.9 * 86_400_000)), {
        ...told,
        incidentId
      })
      assert.isTrue(Option.isNone(readToken(keys, token, at + 7 * 86_400_000)))
    })
  )

  it.effect("acknowledge nothing where there is nothing to acknowledge", () =>
    Effect.gen(function* () {
      const add = yield* withSettings({ VINSIGHT_ORIGIN: "https://watch.example.org" })
      for (const type of ["incident.resolved", "digest", "silence.ended"] as const) {
        assert.isNull(add(event({ type, hasLinks: false }), told).links?.acknowledge)
      }
      assert.isUndefined(add(event({ type: "test" }), told).links)
      assert.include(add(bare, told).links?.incident, "https://watch.example.org/")
    })
  )

  it.effect("are not there when nobody said where this installation is", () =>
    Effect.gen(function* () {
      const add = yield* withSettings({})
      assert.isUndefined(add(bare, told).links)
      assert.deepStrictEqual(add(event(), told).links, links)
    })
  )

  it.effect.each(["status.example", "https://status.example/path", "ftp://status.example", "https://a@b.example"])(
    "cannot lead to %s",
    (url) =>
      Effect.map(Effect.flip(withSettings({ VINSIGHT_PUBLIC_URL: url })), (error) =>
        assert.include(String(error), "VINSIGHT_PUBLIC_URL must be an origin")
      )
  )
})
