/** Bodies of one's own: what a template may say, and that no value gets out of its string. */
import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import type { NotificationEvent } from "../model/Notification.ts"
import type { Message } from "./ChannelType.ts"
import { fillTemplate, templateProblem } from "./jsonTemplate.ts"

const message = (name: string): Message => ({
  id: "0193f3a0-0000-7000-8000-00000000000a",
  event: {
    type: "incident.opened",
    timestamp: "2026-11-21T12:07:10.000Z",
    data: {
      incident: {
        id: "0193f3a0-0000-7000-8000-000000000001",
        status: "open",
        trigger: "down",
        severity: "critical",
        startedAt: "2026-11-21T12:03:10.000Z",
        resolvedAt: null,
        cause: { code: "x", message: "refused" }
      },
      monitor: { id: "m", name, type: "http", tags: ["a", "b"] },
      check: null
    },
    links: { incident: "https://v.example/incidents/1", acknowledge: null }
  } as unknown as NotificationEvent
})

describe("a template", () => {
  it.each([
    "{}",
    '"{{title}}"',
    '{"text": "{{title}} {{ monitor.name }}", "n": 1, "list": ["{{incident.cause}}", null, true]}',
    '{"a": "{{links.acknowledge}} {not one} {{", "b": {"c": ["}}"]}}'
  ])("may be %s", (template) => assert.isUndefined(templateProblem(template)))

  it.each([
    ["", "This is not JSON"],
    ['{"a": {{title}}}', "This is not JSON"],
    ['{"a": "x",}', "This is not JSON"],
    ["{{title}}", "This is not JSON"],
    ['{"{{title}}": 1}', "values, not in names"],
    ['{"a": "{{constructor}}"}', "There is no {{constructor}}"],
    ['{"a": "{{__proto__}}"}', "There is no {{__proto__}}"],
    ['{"a": "{{process.env.HOME}}"}', "There is no {{process.env.HOME}}"],
    ['{"a": "{{#if title}}x{{/if}}"}', "There is no {{#if title}}"],
    [`${"[".repeat(30)}${"]".repeat(30)}`, "at most 20 deep"]
  ])("%s is refused with a sentence", (template, words) => assert.include(templateProblem(template), words))

  it("is filled in, and what an event has none of is empty", () =>
    assert.deepStrictEqual(
      JSON.parse(
        fillTemplate(
          '{"text": "{{title}}: {{incident.cause}}", "tags": "{{monitor.tags}}", "ack": "{{links.acknowledge}}", "n": 3, "l": [null, "{{type}}"]}',
          message("Shop")
        )
      ),
      { text: "Shop is down: refused", tags: "a, b", ack: "", n: 3, l: [null, "incident.opened"] }
    ))

  it.prop("keeps every value in its string, whatever it is", { name: Schema.String }, ({ name }) => {
    const filled = JSON.parse(fillTemplate('{"before": 1, "name": "<{{monitor.name}}>", "after": 2}', message(name)))
    assert.deepStrictEqual(filled, { before: 1, name: `<${name}>`, after: 2 })
  })

  it("is not filled in twice, and does not grow without bounds", () => {
    assert.strictEqual(fillTemplate('"{{monitor.name}}"', message("{{title}}")), '"{{title}}"')
    const grown = fillTemplate(JSON.stringify("{{text}}".repeat(2000)), message("x".repeat(120)))
    assert.isAtMost(grown.length, 70_000)
  })
})
