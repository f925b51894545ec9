/** The generic form asks what every kind of channel needs, and what is typed into it is what the API takes. */
import { AlertChannelInput } from "@v-insight/domain/api/AlertChannels"
import { Schema } from "effect"
import { describe, expect, it } from "vitest"
import { askedOf } from "#lib/settings/folds.ts"
import { channelOf, emptyChannel, typedChannel } from "./channelForm.ts"
import { channelKinds, kindOf } from "./kinds.ts"

const token = "s3cr3t0123456789abcdef0123456789"
/** What people type: as little as is needed. */
const typed: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  webhook: { url: "https://hooks.example/x", template: '{"text": "{{title}}"}' },
  email: { to: "you@example.org", from: "us@example.org", host: "smtp.example.org", username: "us", password: token },
  slack: { url: "https://hooks.slack.com/services/T0/B0/X" },
  discord: { url: "https://discord.com/api/webhooks/1/x-Y_z" },
  teams: { url: "https://prod-00.westeurope.logic.azure.com/workflows/0a?sig=x" },
  telegram: { token: `1:${token}`, chatId: "-1001234567890", topicId: "7" },
  ntfy: { topic: "alerts" },
  gotify: { server: "https://gotify.example.org", token },
  pushover: { token: token.slice(2), user: token.slice(2), emergency: "true" },
  pagerduty: { routingKey: token },
  opsgenie: { apiKey: token, region: "eu" },
  mattermost: { url: "https://chat.example.org/hooks/x0" },
  matrix: { server: "https://matrix.example.org", roomId: "!a:example.org", token },
  googlechat: { url: "https://chat.googleapis.com/v1/spaces/A/messages?key=x&token=y" },
  twilio: { to: "+4915112345678", from: "+15005550006", accountSid: `AC${"0a".repeat(16)}`, authToken: token },
  zulip: { server: "https://example.zulipchat.com", botEmail: "bot@example.org", apiKey: token, channel: "alerts" }
}

const filled = (type: string): FormData => {
  const form = new FormData()
  const kind = kindOf(channelKinds, type)
  for (const [name, value] of Object.entries(emptyChannel(kind))) form.set(name, value)
  for (const [name, value] of Object.entries(typed[type]!)) form.set(`settings.${name}`, value)
  form.set("name", "Ops")
  return form
}

describe.each(channelKinds.map((kind) => [kind.type, kind] as const))("the form of %s", (type, kind) => {
  it("has a card, and every field a title and a sentence", () => {
    expect(kind.description).toMatch(/\.$/)
    const unsaid = kind.fields.filter(({ help, name, title }) => title === name || (help ?? "").length < 5)
    expect(unsaid.map(({ name }) => name)).toEqual([])
  })

  it("has fields that it can draw, and asks for what is needed first", () => {
    for (const field of kind.fields) expect(["text", "long", "number", "choice", "yes-no"]).toContain(field.kind)
    const asked = askedOf(kind.fields).map(({ name }) => name)
    const needed = kind.fields.filter(({ isRequired }) => isRequired).map(({ name }) => name)
    expect(asked).toEqual(expect.arrayContaining(needed))
  })

  it("is read as the API takes it, and never tells a secret again", () => {
    const form = filled(type)
    const { name, settings: said } = channelOf(kind, form)
    const decode = Schema.decodeUnknownSync(AlertChannelInput, { errors: "all", onExcessProperty: "error" })
    const { settings } = decode({ name, type, settings: said })
    expect(settings).toMatchObject(
      Object.fromEntries(Object.entries(typed[type]!).filter(([name]) => !["topicId", "emergency"].includes(name)))
    )
    const shown = JSON.stringify(typedChannel(kind, form))
    const secrets = kind.fields.filter(({ isSecret }) => isSecret).map(({ name }) => typed[type]![name])
    for (const secret of secrets.filter((it) => it !== undefined)) expect(shown).not.toContain(secret)
  })
})
