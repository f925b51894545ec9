/** Who is told: rules, channels, silences, and what became of each message. */
import { expect } from "@playwright/test"
import { at, button, type Screen } from "./screen.ts"

const empty: ReadonlyArray<Screen> = [
  at("vacant", "rules-empty", "/alerts/rules"),
  at("vacant", "channels-empty", "/alerts/channels"),
  at("vacant", "rule-new-empty", "/alerts/rules/new"),
  at("vacant", "silences-empty", "/alerts/silences"),
  at("vacant", "log-empty", "/alerts/log")
]

const told: ReadonlyArray<Screen> = [
  at("furnished", "rules", "/alerts/rules"),
  at("furnished", "rule", ({ rule }) => `/alerts/rules/${rule}`),
  at(
    "furnished",
    "rule-which",
    ({ rule }) => `/alerts/rules/${rule}`,
    async (page) => {
      await button(page, /any monitor/).click()
      await expect(page.getByText("Only these")).toBeVisible()
    }
  ),
  at(
    "furnished",
    "rule-whom",
    ({ rule }) => `/alerts/rules/${rule}`,
    async (page) => {
      await button(page, /#payments-ops/).click()
      await expect(page.getByRole("link", { name: "Add a channel" })).toBeVisible()
    }
  ),
  at("furnished", "rule-delete", ({ rule }) => `/alerts/rules/${rule}?delete`),
  at("furnished", "rule-new", "/alerts/rules/new"),
  at("furnished", "channels", "/alerts/channels"),
  at("furnished", "channels-tested", "/alerts/channels", async (page) => {
    await button(page, "Test").click()
    await expect(page.getByText("The test arrived.")).toBeVisible()
  }),
  at("furnished", "channel", ({ channel }) => `/alerts/channels/${channel}`),
  at(
    "furnished",
    "channel-tested",
    ({ channel }) => `/alerts/channels/${channel}`,
    async (page) => {
      await button(page, "Send a test").click()
      await expect(page.getByText("The test arrived.")).toBeVisible()
    }
  ),
  at("furnished", "channel-delete", ({ channel }) => `/alerts/channels/${channel}?delete`),
  at("furnished", "channel-new", "/alerts/channels/new"),
  at("furnished", "channel-new-refused", "/alerts/channels/new", async (page) => {
    await page.getByLabel("Webhook URL").fill("nonsense://")
    await button(page, "Add channel").click()
    await expect(page.locator("[aria-invalid=true]").first()).toBeVisible()
  }),
  at("furnished", "channel-new-email", "/alerts/channels/new?type=email", async (page) => {
    for (const fold of await page.locator("form summary").all()) await fold.click()
    await page.getByLabel("Quiet in these hours").check()
  }),
  at("furnished", "channel-new-twilio", "/alerts/channels/new?type=twilio")
]

const slots: ReadonlyArray<Screen> = [
  at("furnished", "rule-new-slow", "/alerts/rules/new", async (page) => {
    await button(page, /What happens/).click()
    await page.getByLabel(/It is slow/).check()
    await expect(page.getByLabel("Above, ms")).toBeVisible()
  }),
  at("furnished", "rule-new-hours", "/alerts/rules/new", async (page) => {
    await button(page, /At what hours/).click()
    await page.getByLabel(/In these hours/).check()
    await expect(page.getByLabel("Time zone")).toBeVisible()
  }),
  at("furnished", "rule-new-refused", "/alerts/rules/new", async (page) => {
    await button(page, /How often/).click()
    await page.getByLabel("Again, until somebody acknowledges").check()
    await page.getByLabel("How often", { exact: true }).fill("never")
    await page.keyboard.press("Escape")
    await button(page, "Save rule").click()
    await expect(page.getByRole("alert")).toBeVisible()
  }),
  at(
    "furnished",
    "rule-tried",
    ({ rule }) => `/alerts/rules/${rule}`,
    async (page) => {
      await button(page, /Last 7 days/).click()
      await expect(page.getByRole("heading", { level: 1, name: /would have paged/ })).toBeVisible()
    }
  )
]

const quiet: ReadonlyArray<Screen> = [
  at("furnished", "silences", "/alerts/silences"),
  at(
    "furnished",
    "silence-new",
    ({ monitor }) => `/alerts/silences/new?matcher=monitor:equal:${monitor}&matcher=tag:not_equal:eu`
  ),
  at("furnished", "silence-new-refused", "/alerts/silences/new", async (page) => {
    await page.getByLabel("Why").fill("Deploy")
    await page.getByLabel("For how long").selectOption("until a time")
    await page.getByRole("button", { name: "Silence", exact: true }).click()
    await expect(page.locator("[aria-invalid=true]").first()).toBeVisible()
  })
]

const log: ReadonlyArray<Screen> = [
  at("furnished", "log", "/alerts/log"),
  at("furnished", "log-failed", "/alerts/log?status=failed&since=7d"),
  at("furnished", "log-none", "/alerts/log?status=digested"),
  at("furnished", "log-channels", "/alerts/log", async (page) => {
    await button(page, "Any channel").click()
    await expect(page.getByRole("link", { name: "Old pager" }).first()).toBeVisible()
  }),
  at(
    "furnished",
    "log-one",
    ({ delivery }) => `/alerts/log/${delivery}`,
    async (page) => {
      await page.getByText("as a webhook receives it").click()
      await expect(page.getByLabel("Message as JSON")).toBeVisible()
    }
  )
]

export const alerts: ReadonlyArray<Screen> = [...empty, ...told, ...slots, ...quiet, ...log]
