/**
 * Of every kind of channel: settings that it takes, and where the same secrets would go to somebody else. A kind that is
 * not here makes the tests fail that go through all.
 */
import type { ChannelTypeName } from "@v-insight/domain/channel-types/registry"

type Settings = Readonly<Record<string, unknown>>

export interface ChannelSample {
  readonly settings: Settings
  /** Values for its secrets; each holds `planted`. */
  readonly secrets: Settings
  readonly elsewhere: ReadonlyArray<Settings>
}

const none: ReadonlyArray<Settings> = []

export const channelSamples: Readonly<Record<ChannelTypeName, ChannelSample>> = {
  webhook: {
    settings: { url: "https://receiver.example/hook" },
    secrets: { secret: "planted-secret-7Kq2" },
    elsewhere: none
  },
  email: {
    settings: {
      to: "you@receiver.example",
      from: "us@receiver.example",
      host: "smtp.receiver.example",
      username: "us"
    },
    secrets: { password: "planted-password-7Kq2" },
    elsewhere: [{ host: "smtp.attacker.example" }, { port: 2525 }]
  },
  slack: { settings: {}, secrets: { url: "https://hooks.slack.com/services/T0/B0/planted7Kq2" }, elsewhere: none },
  discord: { settings: {}, secrets: { url: "https://discord.com/api/webhooks/1/planted-7Kq2" }, elsewhere: none },
  teams: { settings: {}, secrets: { url: "https://prod-1.logic.azure.com/invoke?sig=planted7Kq2" }, elsewhere: none },
  telegram: {
    settings: { chatId: "-100123" },
    secrets: { token: "123456:planted-7Kq2-0123456789abcdef" },
    elsewhere: [{ server: "https://attacker.example" }]
  },
  ntfy: {
    settings: { topic: "alerts" },
    secrets: { token: "planted-token-7Kq2" },
    elsewhere: [{ server: "https://attacker.example" }]
  },
  gotify: {
    settings: { server: "https://gotify.example" },
    secrets: { token: "planted-token-7Kq2" },
    elsewhere: [{ server: "https://attacker.example" }]
  },
  pushover: {
    settings: {},
    secrets: { token: "planted000000000000000000token", user: "planted0000000000000000000user" },
    elsewhere: none
  },
  pagerduty: { settings: {}, secrets: { routingKey: "planted00000000000000000000007Kq" }, elsewhere: none },
  opsgenie: { settings: {}, secrets: { apiKey: "planted-key-7Kq2" }, elsewhere: none },
  mattermost: { settings: {}, secrets: { url: "https://chat.example/hooks/planted7Kq2" }, elsewhere: none },
  matrix: {
    settings: { server: "https://matrix.example", roomId: "!room:matrix.example" },
    secrets: { token: "planted-token-7Kq2" },
    elsewhere: [{ server: "https://attacker.example" }]
  },
  googlechat: {
    settings: {},
    secrets: { url: "https://chat.googleapis.com/v1/spaces/A/messages?key=planted7Kq2&token=planted7Kq3" },
    elsewhere: none
  },
  twilio: {
    settings: { to: "+4915112345678", from: "+15005550006", accountSid: "ACdeadbeef0123456789abcdef01234567" },
    secrets: { authToken: "planted-token-7Kq2" },
    elsewhere: none
  },
  zulip: {
    settings: { server: "https://zulip.example", botEmail: "bot@zulip.example", channel: "alerts" },
    secrets: { apiKey: "planted-key-7Kq2" },
    elsewhere: [{ server: "https://attacker.example" }]
  }
}
