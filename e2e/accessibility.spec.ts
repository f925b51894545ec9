import AxeBuilder from "@axe-core/playwright"
import type { Page } from "@playwright/test"
import { expect, test } from "./fixtures.ts"
import { furnish, pagesOf } from "./furnish.ts"

const standards = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
const widths = [390, 768, 1280]
const themes = ["light", "dark"] as const

/** Rule, place and reason of each violation, in every theme and width. */
const violations = async (page: Page, name: string): Promise<ReadonlyArray<string>> => {
  const found: Array<string> = []
  for (const colorScheme of themes) {
    await page.emulateMedia({ colorScheme })
    for (const width of widths) {
      await page.setViewportSize({ width, height: 900 })
      const { violations } = await new AxeBuilder({ page }).withTags(standards).analyze()
      for (const { id, nodes } of violations) {
        for (const { target, failureSummary } of nodes) {
          found.push(`${name} ${colorScheme} ${width}: ${id} at ${target.join(" ")}: ${failureSummary}`)
        }
      }
      const overflow = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth
      )
      if (overflow > 0) found.push(`${name} ${colorScheme} ${width}: ${overflow} px wider than the screen`)
    }
  }
  return found
}

test("no page has an accessibility violation, in both themes, at three widths", async ({
  page,
  context,
  workspace,
  target,
  sink
}) => {
  test.setTimeout(600_000)
  const pages = pagesOf(await furnish(workspace, target, sink))
  const found: Array<string> = []
  for (const [name, path] of [
    ["register", "/register"],
    ["login", "/login"]
  ] as const) {
    await page.goto(path)
    found.push(...(await violations(page, name)))
  }
  await workspace.enter(context)
  for (const [name, path] of Object.entries(pages)) {
    await page.goto(path)
    await page.locator("h1").first().waitFor()
    found.push(...(await violations(page, name)))
  }
  expect(found).toEqual([])
})

test("what opens has no violation either", async ({ page, context, workspace, target, sink }) => {
  test.setTimeout(300_000)
  const { rule, monitor } = await furnish(workspace, target, sink)
  await workspace.enter(context)
  const found: Array<string> = []
  await page.goto(`/monitors/${monitor}`)
  await page.getByText("Show as table").first().click()
  await page.getByRole("button", { name: "Test now" }).click()
  await expect(page.getByText("It works.")).toBeVisible()
  found.push(...(await violations(page, "monitor with result")))
  await page.keyboard.press("?")
  await expect(page.getByRole("dialog")).toBeVisible()
  found.push(...(await violations(page, "help")))
  await page.goto(`/alerts/rules/${rule}`)
  await page.getByRole("button", { name: /any monitor/ }).click()
  await expect(page.getByText("Only these")).toBeVisible()
  found.push(...(await violations(page, "rule, slot open")))
  await page.goto("/monitors/new")
  for (const fold of await page.locator("summary").all()) await fold.click()
  await page.getByRole("button", { name: "Watch this" }).click()
  found.push(...(await violations(page, "form, folds open")))
  await page.goto("/welcome")
  await page.getByLabel("Address to watch").fill(`${target.url}/status/401`)
  await page.keyboard.press("Enter")
  await expect(page.getByText("It fails.")).toBeVisible()
  found.push(...(await violations(page, "welcome, failed")))
  await page.goto("/monitors")
  await page.getByLabel("Select Public site").check()
  found.push(...(await violations(page, "list, selected")))
  expect(found).toEqual([])
})
