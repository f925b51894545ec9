/** Every screen, and what can open on it: for nobody in particular, for an empty workspace and for a full one. */
import { expect } from "@playwright/test"
import { forms } from "./formScreens.ts"
import { monitors, one } from "./monitorScreens.ts"
import { alive, at, button, type Screen } from "./screen.ts"
import { password } from "./workspace.ts"

const entry: ReadonlyArray<Screen> = [
  at("nobody", "register", "/register"),
  at("nobody", "register-refused", "/register", async (page, { email }) => {
    await page.getByLabel("E-mail").fill(email)
    await page.getByLabel("Password").fill(password)
    await button(page, "Create account").click()
    await expect(page.getByRole("alert")).toBeVisible()
  }),
  at("nobody", "login", "/login"),
  at("nobody", "login-refused", "/login", async (page, { email }) => {
    await page.getByLabel("E-mail").fill(email)
    await page.getByLabel("Password").fill("not the password")
    await button(page, "Sign in").click()
    await expect(page.getByText("E-mail or password is not right.")).toBeVisible()
  }),
  at("nobody", "nothing-here", "/no-such-page")
]

const vacant: ReadonlyArray<Screen> = [
  at("vacant", "monitors-empty", "/monitors"),
  at("vacant", "incidents-empty", "/incidents"),
  at("vacant", "rules-empty", "/alerts/rules"),
  at("vacant", "channels-empty", "/alerts/channels"),
  at("vacant", "rule-new-empty", "/alerts/rules/new"),
  at("vacant", "welcome", "/welcome"),
  at("vacant", "welcome-told", "/welcome?step=told")
]

const incidents: ReadonlyArray<Screen> = [
  at("furnished", "incidents", "/incidents"),
  at("furnished", "incidents-resolved", "/incidents?status=resolved"),
  at("furnished", "incidents-of-one", ({ brokenMonitor }) => `/incidents?monitor=${brokenMonitor}`),
  at("furnished", "incidents-none", ({ monitor }) => `/incidents?status=open&monitor=${monitor}`),
  at("furnished", "incident", ({ incident }) => `/incidents/${incident}`),
  at("furnished", "incident-acknowledged", ({ acknowledged }) => `/incidents/${acknowledged}`),
  at("furnished", "incident-resolved", ({ resolved }) => `/incidents/${resolved}`)
]

const alerts: ReadonlyArray<Screen> = [
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
  })
]

const others: ReadonlyArray<Screen> = [
  at("furnished", "settings", "/settings"),
  at("furnished", "welcome-works", "/welcome", async (page, { target }) => {
    await page.getByLabel("Address to watch").fill(target)
    await page.keyboard.press("Enter")
    await expect(page.getByText("It works.")).toBeVisible()
  }),
  at("furnished", "welcome-fails", "/welcome", async (page, { target }) => {
    await page.getByLabel("Address to watch").fill(`${target}/status/401`)
    await page.keyboard.press("Enter")
    await expect(page.getByText("It fails.")).toBeVisible()
  }),
  at("furnished", "welcome-refused", "/welcome", async (page) => {
    await page.getByLabel("Address to watch").fill("nonsense://")
    await page.keyboard.press("Enter")
    await expect(page.locator("[aria-invalid=true]").first()).toBeVisible()
  }),
  at("furnished", "welcome-told-again", "/welcome?step=told"),
  at("furnished", "help", "/monitors", async (page) => {
    await alive(page)
    await page.keyboard.press("?")
    await expect(page.getByRole("dialog", { name: "Keyboard shortcuts" })).toBeVisible()
  }),
  at("furnished", "palette", "/monitors", async (page) => {
    await alive(page)
    await page.keyboard.press("Control+k")
    await expect(page.getByRole("option", { name: /Public site/ })).toBeVisible()
  })
]

/** Last those that need a history, which grows meanwhile. */
export const screens: ReadonlyArray<Screen> = [
  ...entry,
  ...vacant,
  ...monitors,
  ...forms,
  ...incidents,
  ...alerts,
  ...others,
  ...one.map((screen) => ({ ...screen, isDrawn: true }))
]
