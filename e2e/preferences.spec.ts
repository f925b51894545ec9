import type { Page } from "@playwright/test"
import { expect, test } from "./fixtures.ts"

const dark = "rgb(14, 16, 17)"
const ground = (page: Page) => page.evaluate(() => getComputedStyle(document.body).backgroundColor)

/** The values that an attribute of the page has had since its first byte. */
const record = (page: Page) =>
  page.addInitScript(() => {
    const seen: Array<string> = []
    const note = () => {
      const { theme, density } = document.documentElement?.dataset ?? {}
      const now = `${theme} ${density}`
      if (theme !== undefined && seen.at(-1) !== now) seen.push(now)
    }
    new MutationObserver(note).observe(document, { attributes: true, childList: true, subtree: true })
    Object.assign(window, { seen })
  })

const seen = (page: Page) => page.evaluate(() => (window as unknown as { seen: ReadonlyArray<string> }).seen)

test("theme and rows are kept, and in the first byte", async ({ page, context, workspace, target }) => {
  await workspace.call("POST", "/monitors", { name: "Alpha", type: "http", settings: { url: target.url } })
  await workspace.enter(context)
  await page.goto("/settings")
  await expect(page.locator("html")).toHaveAttribute("data-theme", "system")
  await page.getByRole("button", { name: "Dark" }).click()
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark")
  await expect(page.getByRole("button", { name: "Dark" })).toHaveAttribute("aria-pressed", "true")
  await page.getByRole("button", { name: "Comfortable" }).click()
  await expect(page.locator("html")).toHaveAttribute("data-density", "comfortable")
  await expect
    .poll(async () => (await context.cookies()).map(({ name, value }) => `${name}=${value}`))
    .toEqual(expect.arrayContaining(["vinsight_theme=dark", "vinsight_density=comfortable"]))

  await record(page)
  const answer = await page.goto("/monitors")
  const html = (await answer?.text()) ?? ""
  expect(html).toContain('data-theme="dark" data-density="comfortable"')
  expect(html).toContain('<meta name="color-scheme" content="dark"')
  await expect(page.getByText(/^Live,/).first()).toBeVisible()
  expect(await seen(page)).toEqual(["dark comfortable"])
  expect(await ground(page)).toBe(dark)
  const row = page.getByRole("row", { name: /Alpha/ })
  expect((await row.boundingBox())?.height).toBeGreaterThanOrEqual(44)

  await page.getByRole("button", { name: "Compact" }).click()
  await expect(page.locator("html")).toHaveAttribute("data-density", "compact")
  await expect.poll(async () => (await row.boundingBox())?.height).toBeLessThan(40)
  expect(await (await page.reload())?.text()).toContain('data-theme="dark" data-density="compact"')
  // The sign-in page knows it too.
  await context.clearCookies({ name: "vinsight_session" })
  await page.goto("/login")
  expect(await ground(page)).toBe(dark)
})

test("without a choice the system's theme holds, and follows it", async ({ page }) => {
  await page.emulateMedia({ colorScheme: "dark" })
  await page.goto("/login")
  expect(await ground(page)).toBe(dark)
  await page.emulateMedia({ colorScheme: "light" })
  expect(await ground(page)).not.toBe(dark)
})
