import { expect, test } from "./fixtures.ts"
import { alive } from "./screen.ts"

test("a monitor is made, opened and paused, an incident acknowledged, with the keyboard alone", async ({
  page,
  context,
  workspace,
  target
}) => {
  for (const name of ["Label printing", "Rates feed"]) {
    await workspace.call("POST", "/monitors", {
      name,
      type: "http",
      settings: { url: `${target.url}/status/503` },
      intervalSeconds: 1
    })
  }
  await workspace.until<ReadonlyArray<unknown>>("/incidents", ({ length }) => length === 2)
  await workspace.enter(context)
  const heading = (name: string | RegExp) => page.getByRole("heading", { level: 1, name })
  const { keyboard } = page
  const rows = page.locator("a[data-row]")

  await page.goto("/incidents")
  await alive(page)
  await keyboard.press("c")
  await expect(page.getByLabel("URL")).toBeFocused()
  await keyboard.type(target.url)
  await keyboard.press("Tab")
  await keyboard.type("By keyboard")
  await keyboard.press("Enter")
  await expect(heading(/^By keyboard/)).toBeVisible()

  await keyboard.press("g")
  await keyboard.press("m")
  await expect(heading(/^2 down/)).toBeVisible()
  await keyboard.press("/")
  await expect(page.getByLabel("Filter by name or address")).toBeFocused()
  await keyboard.type("By key")
  await expect(rows).toHaveCount(1)
  await keyboard.press("Tab")
  await keyboard.press("j")
  await expect(rows.first()).toBeFocused()
  await keyboard.press("Enter")
  await expect(heading("By keyboard is up")).toBeVisible()
  await keyboard.press("p")
  await expect(heading("By keyboard is paused.")).toBeVisible()

  await keyboard.press("g")
  await keyboard.press("i")
  await expect(heading("2 open.")).toBeVisible()
  await keyboard.press("j")
  await expect(rows.nth(0)).toBeFocused()
  await keyboard.press("j")
  await expect(rows.nth(1)).toBeFocused()
  await keyboard.press("k")
  await expect(rows.nth(0)).toBeFocused()
  const name = await rows.nth(0).textContent()
  await keyboard.press("Enter")
  await expect(heading(new RegExp(`^${name} has been down`))).toBeVisible()
  await keyboard.press("a")
  await expect(page.getByText("Acknowledged by you.")).toBeVisible()
  await keyboard.press("r")
  await expect(page.getByText("Resolved by you.")).toBeVisible()
})

test("Tab alone reaches everything, and what has the focus is seen", async ({ page, context, workspace, target }) => {
  await workspace.enter(context)
  await page.goto("/monitors/new")
  await alive(page)
  const { keyboard } = page
  await keyboard.type(target.url)
  const passed: Array<string> = []
  const focused = page.locator(":focus")
  for (let presses = 0; presses < 30; presses++) {
    await keyboard.press("Tab")
    passed.push((await focused.textContent())?.trim() ?? "")
    const { outline, shadow } = await focused.evaluate((element) => {
      const { boxShadow, outlineStyle } = getComputedStyle(element)
      return { outline: outlineStyle, shadow: boxShadow }
    })
    expect(outline !== "none" || shadow !== "none", `no ring around ${passed.at(-1)}`).toBe(true)
    if (passed.at(-1) === "Watch this") break
  }
  expect(passed).toContain("Watch this")
  await keyboard.press("Enter")
  await expect(page.getByRole("heading", { level: 1, name: /^127\.0\.0\.1:\d+ / })).toBeVisible()
})

test("the first Tab skips to the content", async ({ page, context, vacant }) => {
  await vacant.enter(context)
  await page.goto("/settings")
  await page.keyboard.press("Tab")
  await expect(page.getByRole("link", { name: "Skip to content" })).toBeFocused()
  await page.keyboard.press("Enter")
  await expect(page.locator("#main")).toBeFocused()
})

test("shortcuts are explained, keep out of typing, and find a monitor by name", async ({
  page,
  context,
  furnished
}) => {
  await furnished.enter(context)
  await page.goto("/monitors")
  await alive(page)
  const { keyboard } = page
  await keyboard.press("?")
  await expect(page.getByRole("dialog", { name: "Keyboard shortcuts" })).toBeVisible()
  await keyboard.press("Escape")
  await expect(page.getByRole("dialog")).toHaveCount(0)
  await keyboard.press("/")
  await expect(page.getByLabel("Filter by name or address")).toBeFocused()
  await keyboard.type("lab?")
  await expect(page.getByLabel("Filter by name or address")).toHaveValue("lab?")
  await keyboard.press("Control+k")
  await page.getByRole("combobox", { name: "Monitor or page" }).fill("label")
  await expect(page.getByRole("option", { name: /Label printing/ })).toBeVisible()
  await keyboard.press("Enter")
  await expect(page).toHaveURL(new RegExp(`/monitors/${furnished.brokenMonitor}$`))
})
