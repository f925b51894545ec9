/** What settings a steps monitor may have. How it checks is shown in packages/worker/src/net/StepsMonitor.test.ts. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Schema } from "effect"
import { steps } from "./steps.ts"

const decode = (settings: unknown) => Schema.decodeUnknownEffect(steps.settings)(settings, { errors: "all" })
const problem = (settings: unknown) =>
  Effect.map(Effect.exit(decode(settings)), (exit) => (Exit.isFailure(exit) ? String(exit) : ""))

const step = { name: "Log in", url: "https://example.org/login" }
const token = { name: "token", from: "json", property: "$.token" }

describe("steps settings", () => {
  it.effect("have defaults for all but name and URL of a step", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* decode({ steps: [step] }), {
        steps: [
          {
            ...step,
            method: "GET",
            headers: {},
            expectedStatus: "200-299",
            assertions: [],
            followRedirects: true,
            extract: []
          }
        ],
        ignoreTlsErrors: false,
        ipVersion: "any",
        httpVersion: "1.1",
        keepBody: true
      })
    })
  )

  it.effect.each([
    { steps: Array.from({ length: 10 }, () => step) },
    {
      steps: [
        { ...step, body: '{"password":"{{password}}"}', extract: [token, { name: "id", from: "status" }] },
        { ...step, url: "https://example.org/{{id}}?t={{ token }}", headers: { Authorization: "Bearer {{token}}" } }
      ],
      variables: { password: "s3cret" }
    },
    {
      steps: [
        {
          ...step,
          extract: [
            { name: "a", from: "header", property: "Location" },
            { name: "b", from: "cookie", property: "sid" },
            { name: "c", from: "body", property: "id=(\\d+)" }
          ]
        },
        { ...step, headers: { Cookie: "sid={{b}}" }, body: "{{a}}{{c}} {single} }}" }
      ]
    }
  ])("take %j", (settings) => Effect.asVoid(decode(settings)))

  const extract = (extraction: object) => ({ steps: [{ ...step, extract: [extraction] }] })
  const asserting = {
    ...step,
    assertions: Array.from({ length: 11 }, () => ({ source: "status", operator: "exists" }))
  }

  it.effect.each<[settings: object, path: string, sentence: string]>([
    [{ steps: [] }, '["steps"]', "Add a step"],
    [{ steps: Array.from({ length: 11 }, () => step) }, '["steps"]', "At most 10 steps"],
    [{ steps: [asserting, asserting] }, '["steps"]', "At most 20 assertions in all steps together"],
    [{ steps: [{ ...step, name: "" }] }, '["steps"][0]["name"]', ""],
    [{ steps: [{ ...step, method: "TRACE" }] }, '["steps"][0]["method"]', "TRACE cannot be used"],
    [{ steps: [{ ...step, url: "example.org" }] }, '["steps"][0]["url"]', "Write a whole URL"],
    [{ steps: [step, { ...step, url: "https://a/{{token}}" }] }, '["steps"][1]["url"]', "{{token}} is neither"],
    [{ steps: [{ ...step, headers: { A: "{{token}}" } }] }, '["steps"][0]["headers"]["A"]', "{{token}} is neither"],
    [{ steps: [{ ...step, body: "{{token}}", extract: [token] }] }, '["steps"][0]["body"]', "{{token}} is neither"],
    [{ steps: [{ ...step, body: "{{a b}}" }] }, '["steps"][0]["body"]', "Between {{ and }} stands a name"],
    [{ steps: [{ ...step, url: "https://{{h}}/" }], variables: { h: "a" } }, '["steps"][0]["url"]', "scheme and host"],
    [
      { steps: [{ ...step, url: "https://a.{{h}}:1" }], variables: { h: "a" } },
      '["steps"][0]["url"]',
      "scheme and host"
    ],
    [{ steps: [{ ...step, url: "{{h}}/a" }], variables: { h: "a" } }, '["steps"][0]["url"]', "Write a whole URL"],
    [
      { steps: [{ ...step, url: "https://a:{{h}}" }], variables: { h: "1" } },
      '["steps"][0]["url"]',
      "Write a whole URL"
    ],
    [
      { steps: [{ ...step, url: "ht\ttps:///{{h}}" }], variables: { h: "1" } },
      '["steps"][0]["url"]',
      "scheme and host"
    ],
    [{ steps: [{ ...step, url: "https://a:{{h}}@b/" }], variables: { h: "1" } }, '["steps"][0]["url"]', "credentials"],
    [{ steps: [{ ...step, url: "https:/{{h}}/" }], variables: { h: "a" } }, '["steps"][0]["url"]', "scheme and host"],
    [
      { steps: [{ ...step, url: "https:\\\\{{h}}/" }], variables: { h: "a" } },
      '["steps"][0]["url"]',
      "scheme and host"
    ],
    [{ steps: [step], variables: { "a b": "s3cret" } }, '["variables"]["a b"]', "A name is made of letters"],
    [{ steps: [step], variables: { a: "s3cret".repeat(1000) } }, '["variables"]["a"]', ""],
    [extract({ ...token, name: "1" }), '["extract"][0]["name"]', "A name is made of letters"],
    [extract({ ...token, property: "$.*" }), '["extract"][0]["property"]', "A JSON path leads to one place"],
    [extract({ name: "a", from: "header" }), '["extract"][0]["property"]', "Write the name of the header"],
    [extract({ name: "a", from: "cookie", property: "a=b" }), '["extract"][0]["property"]', "name of the cookie"],
    [extract({ name: "a", from: "body", property: "(" }), '["extract"][0]["property"]', "This regular expression"],
    [extract({ name: "a", from: "status", property: "b" }), '["extract"][0]["property"]', "leave it out"]
  ])("refuse %j at %s", ([settings, path, sentence]) =>
    Effect.gen(function* () {
      const text = yield* problem(settings)
      assert.include(text, path)
      assert.include(text, sentence)
      assert.notInclude(text, "s3cret")
    })
  )

  it.effect("are shown by the first host and how many there are", () =>
    Effect.gen(function* () {
      assert.strictEqual(steps.target(yield* decode({ steps: [step] })), "example.org")
      assert.strictEqual(steps.target(yield* decode({ steps: [step, step] })), "example.org, 2 steps")
    })
  )
})
