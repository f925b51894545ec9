import type { Page } from "@playwright/test"
import { expect, test } from "./fixtures.ts"
import { alive } from "./screen.ts"

const heading = (page: Page, name: string | RegExp) => page.getByRole("heading", { level: 1, name })
/** As fields for date and time want it, on the clock of the browser's time zone. */
const wall = (hours: number) =>
  new Date(Date.now() + hours * 3_600_000)
    .toLocaleString("sv", { timeZone: "Europe/Berlin" })
    .slice(0, 16)
    .replace(" ", "T")

test("work is planned, seen in the list, the calendar and at the monitor, and taken back", async ({
  page,
  context,
  workspace,
  target
}) => {
  const monitor = await workspace.call<{ id: string }>("POST", "/monitors", {
    name: "Checkout",
    type: "http",
    settings: { url: target.url },
    intervalSeconds: 1,
    tags: ["payments"]
  })
  await workspace.enter(context)
  await page.goto("/maintenance")
  await alive(page)
  await expect(heading(page, "Nothing is planned.")).toBeVisible()
  await page.keyboard.press("c")
  await expect(heading(page, "What is worked on when?")).toBeVisible()
  await page.getByLabel("Name").fill("Upgrade")
  await page.getByLabel("Begins").fill(wall(-1))
  await page.getByLabel("Ends").fill(wall(-2))
  await page.getByLabel("Only these").check()
  await page.getByLabel("Tagged payments").check()
  await page.getByRole("button", { name: "Plan it" }).click()
  // It ends before it begins.
  await expect(page.locator("[aria-invalid=true]")).toHaveCount(1)
  await page.getByLabel("Ends").fill(wall(2))
  await page.getByRole("button", { name: "Plan it" }).click()
  await expect(heading(page, /^Upgrade is on until/)).toBeVisible()
  await expect(page.getByRole("row", { name: /Upgrade/ })).toContainText("monitors tagged payments")

  await page.getByRole("link", { name: "Calendar" }).click()
  await expect(page.getByRole("link", { name: /^Upgrade/ }).first()).toBeVisible()
  await workspace.until<{ status: string }>(`/monitors/${monitor.id}`, ({ status }) => status === "maintenance")
  target.status = 500
  await workspace.until<ReadonlyArray<{ httpStatus: number }>>(`/monitors/${monitor.id}/checks`, (checks) =>
    checks.slice(0, 5).every(({ httpStatus }) => httpStatus === 500)
  )
  await page.goto("/monitors")
  await expect(page.getByRole("row", { name: /Checkout/ })).toContainText("Maintenance")
  await page.getByRole("link", { name: "Checkout" }).click()
  await expect(heading(page, /^Checkout is in maintenance/)).toBeVisible()
  await expect(page.getByText(/is on until .*: nobody is told of failures\./)).toBeVisible()
  expect(await workspace.call<ReadonlyArray<unknown>>("GET", "/incidents")).toEqual([])

  await page.getByRole("link", { name: "Upgrade" }).click()
  await expect(heading(page, "Upgrade is on now.")).toBeVisible()
  await page.getByRole("link", { name: "Delete" }).click()
  await page.getByLabel("Confirmation").fill("Upgrade")
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click()
  await expect(page.getByText("Deleted Upgrade.")).toBeVisible()
  await page.getByRole("button", { name: /^Undo/ }).click()
  await expect(heading(page, /^Upgrade is on until/)).toBeVisible()
})

test.describe("without JS", () => {
  test.use({ javaScriptEnabled: false })

  test("recurring work is planned on a clock of its own, and overlaps are said", async ({
    page,
    context,
    workspace
  }) => {
    await workspace.enter(context)
    await page.goto("/maintenance/new?day=2030-03-31")
    await expect(page.getByLabel("Begins")).toHaveValue("2030-03-31T02:00")
    await page.getByLabel("Name").fill("Patches")
    await page.getByLabel("Begins").fill("2030-03-24T03:00")
    await page.getByLabel("Ends").fill("2030-03-24T05:00")
    await page.getByLabel("Every week").check()
    await page.getByLabel("Sun").check()
    await page.getByLabel("Last day").fill("2030-04-14")
    await page.getByRole("button", { name: "Plan it" }).click()
    await expect(page.getByText("every week on Sun, 03:00 to 05:00, until 14 Apr 2030")).toBeVisible()
    await page.goto("/maintenance/new")
    await page.getByLabel("Name").fill("Network")
    await page.getByLabel("Begins").fill("2030-03-31T04:00")
    await page.getByLabel("Ends").fill("2030-03-31T06:00")
    await page.getByRole("button", { name: "Plan it" }).click()
    await page.goto("/maintenance?month=2030-03")
    // The clocks change on the 31st: three in the morning stays three in the morning.
    const day = page.getByRole("cell", { name: /Plan something on Sunday 31 March/ })
    await expect(day).toContainText("03:00 to 05:00, overlaps another")
    await expect(page.getByRole("cell", { name: /Sunday 24 March/ })).toContainText("03:00 to 05:00")
    await page.getByText("Show as table").click()
    await expect(page.getByRole("link", { name: "Network, overlaps" })).toBeVisible()
    await page.getByRole("link", { name: "Later" }).click()
    await expect(page.getByText(/^April 2030: work on 2 days\./)).toBeVisible()
  })
})
