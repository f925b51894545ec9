import { expect, it } from "vitest"
import { channelOf, emptyChannel, typedChannel } from "./channelForm.ts"
import { channelKinds, kindOf } from "./kinds.ts"

const webhook = kindOf(channelKinds, "webhook")
const filled = (values: Readonly<Record<string, string>>) => {
  const form = new FormData()
  for (const [name, value] of Object.entries(values)) form.set(name, value)
  return form
}

it("names a channel after its address, else after its kind: one mistake is told once", () => {
  const named = (more: Record<string, string>) => channelOf(webhook, filled({ ...emptyChannel(webhook), ...more })).name
  expect(named({ "settings.url": "hooks.example/x" })).toBe("hooks.example")
  expect(named({ "settings.url": "hooks.example/x", name: "Ops" })).toBe("Ops")
  expect(named({ "settings.url": "nonsense://" })).toBe(webhook.label)
})

it("never sends a secret back", () => {
  const form = filled({ "settings.url": "https://hooks.example/", "settings.secret": "whsec_secret" })
  expect(channelOf(webhook, form).settings).toMatchObject({ secret: "whsec_secret" })
  expect(Object.values(typedChannel(webhook, form))).toEqual(["https://hooks.example/"])
})

it("leaves quiet hours and budget alone where the form does not ask for them", () => {
  expect(channelOf(webhook, filled({ "settings.url": "https://hooks.example/" }))).not.toHaveProperty("stormBudget")
  const asked = filled({ "storm.messages": "5", "storm.amount": "2", "storm.unit": "minutes" })
  expect(channelOf(webhook, asked)).toMatchObject({ quietHours: null, stormBudget: { messages: 5, seconds: 120 } })
})
