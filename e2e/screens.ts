/** Every screen, and what can open on it: for nobody in particular, for an empty workspace and for a full one. */
import { expect, type Page } from "@playwright/test"
import type { Furnished } from "./furnish.ts"
import { password } from "./workspace.ts"

export interface Screen {
  readonly name: string
  readonly as: "nobody" | "vacant" | "furnished"
  readonly path: (ids: Furnished) => string
  /** Whether there must be much to draw. */
  readonly isDrawn?: boolean
  /** What is done on it before it is looked at. It may send tests, but changes nothing. */
  readonly open?: (page: Page, ids: Furnished) => Promise<void>
}

const at = (as: Screen["as"], name: string, path: string | Screen["path"], open?: Screen["open"]): Screen => ({
  name,
  as,
  path: typeof path === "string" ? () => path : path,
  ...(open === undefined ? {} : { open })
})

const button = (page: Page, name: string | RegExp) => page.getByRole("button", { name }).first()

/** Shortcuts are heard once the page is alive. */
export const alive = (page: Page) => expect(page.getByText(/^Live,/).first()).toBeAttached()

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

const monitors: ReadonlyArray<Screen> = [
  at("furnished", "monitors", "/monitors"),
  at("furnished", "monitors-down", "/monitors?status=down"),
  at("furnished", "monitors-tagged", "/monitors?tag=eu"),
  at("furnished", "monitors-none", "/monitors?q=nothing-like-this"),
  at("furnished", "monitors-tags", "/monitors", async (page) => {
    await button(page, "Tag").click()
    await expect(page.getByRole("link", { name: "warehouse" }).first()).toBeVisible()
  }),
  at("furnished", "monitors-selected", "/monitors", async (page) => {
    await alive(page)
    await page.getByLabel("Select Public site").check()
    await expect(page.getByText("1 selected")).toBeVisible()
  }),
  at("furnished", "monitors-delete", "/monitors", async (page) => {
    await page.getByLabel("Select Public site").check()
    await button(page, "Delete").click()
    await expect(page.getByRole("dialog")).toBeVisible()
  })
]

const one: ReadonlyArray<Screen> = [
  at("furnished", "monitor", ({ monitor }) => `/monitors/${monitor}`),
  at("furnished", "monitor-short", ({ monitor }) => `/monitors/${monitor}?last=100`),
  at("furnished", "monitor-down", ({ brokenMonitor }) => `/monitors/${brokenMonitor}`),
  at(
    "furnished",
    "monitor-tables",
    ({ brokenMonitor }) => `/monitors/${brokenMonitor}`,
    async (page) => {
      for (const summary of await page.getByText("Show as table").all()) await summary.click()
      await expect(page.locator("figure table").first()).toBeVisible()
    }
  ),
  at(
    "furnished",
    "monitor-older",
    ({ monitor }) => `/monitors/${monitor}`,
    async (page) => {
      await page.getByRole("link", { name: "Older" }).click()
      await expect(page.getByRole("link", { name: "Newest" })).toBeVisible()
    }
  ),
  at(
    "furnished",
    "monitor-tested",
    ({ brokenMonitor }) => `/monitors/${brokenMonitor}`,
    async (page) => {
      await button(page, "Test now").click()
      await expect(page.getByText("It fails.")).toBeVisible()
    }
  ),
  at("furnished", "monitor-delete", ({ monitor }) => `/monitors/${monitor}?delete`),
  at(
    "furnished",
    "monitor-delete-mistyped",
    ({ monitor }) => `/monitors/${monitor}?delete`,
    async (page) => {
      await page.getByLabel("Confirmation").fill("Public")
      await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click()
      await expect(page.getByText("This is not “Public site”.")).toBeVisible()
    }
  )
]

const forms: ReadonlyArray<Screen> = [
  at("furnished", "monitor-paused", ({ pausedMonitor }) => `/monitors/${pausedMonitor}`),
  at("furnished", "monitor-new", "/monitors/new"),
  at("furnished", "monitor-new-refused", "/monitors/new", async (page) => {
    for (const fold of await page.locator("summary").all()) await fold.click()
    await page.getByLabel("URL").fill("nonsense://")
    await button(page, "Watch this").click()
    await expect(page.getByText(/Write a whole URL/)).toBeVisible()
  }),
  at("furnished", "monitor-edit", ({ monitor }) => `/monitors/${monitor}/edit`),
  at(
    "furnished",
    "monitor-edit-tested",
    ({ monitor }) => `/monitors/${monitor}/edit`,
    async (page) => {
      await button(page, "Test now").click()
      await expect(page.getByText("It works.")).toBeVisible()
    }
  ),
  at("furnished", "missing", "/monitors/none")
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
