import { expect, test } from "./fixtures.ts"
import { furnish } from "./furnish.ts"

test("a monitor is made with the keyboard alone", async ({ page, context, workspace, target }) => {
  await workspace.enter(context)
  await page.goto("/incidents")
  await expect(page.getByText(/^Live,/).first()).toBeVisible()
  await page.keyboard.press("c")
  await expect(page.getByLabel("URL")).toBeFocused()
  await page.keyboard.type(target.url)
  await page.keyboard.press("Tab")
  await page.keyboard.type("By keyboard")
  await page.keyboard.press("Enter")
  await expect(page.getByRole("heading", { level: 1, name: /^By keyboard/ })).toBeVisible()
})

test("an incident is found, acknowledged and resolved with the keyboard alone", async ({
  page,
  context,
  workspace,
  target,
  sink
}) => {
  await furnish(workspace, target, sink)
  await workspace.enter(context)
  await page.goto("/monitors")
  await expect(page.getByText(/^Live,/).first()).toBeVisible()
  await page.keyboard.press("g")
  await page.keyboard.press("i")
  await expect(page.getByRole("heading", { level: 1, name: "1 open." })).toBeVisible()
  const rows = page.locator("a[data-row]")
  await page.keyboard.press("j")
  await expect(rows.nth(0)).toBeFocused()
  await page.keyboard.press("j")
  await expect(rows.nth(1)).toBeFocused()
  await page.keyboard.press("k")
  await expect(rows.nth(0)).toBeFocused()
  while (!(await page.locator("a[data-row]:focus").textContent())?.includes("Label printing"))
    await page.keyboard.press("j")
  await page.keyboard.press("Enter")
  await expect(page.getByRole("heading", { level: 1, name: /^Label printing has been down/ })).toBeVisible()
  await page.keyboard.press("a")
  await expect(page.getByText("Acknowledged by you.")).toBeVisible()
  await page.keyboard.press("r")
  await expect(page.getByText("Resolved by you.")).toBeVisible()
})

test("shortcuts are explained, keep out of typing, and find a monitor by name", async ({
  page,
  context,
  workspace,
  target
}) => {
  const { id } = await workspace.call<{ id: string }>("POST", "/monitors", {
    name: "Customs declarations",
    type: "http",
    settings: { url: target.url }
  })
  await workspace.enter(context)
  await page.goto("/monitors")
  await expect(page.getByText(/^Live,/).first()).toBeVisible()
  await page.keyboard.press("?")
  await expect(page.getByRole("dialog", { name: "Keyboard shortcuts" })).toBeVisible()
  await page.keyboard.press("Escape")
  await expect(page.getByRole("dialog")).toHaveCount(0)
  await page.keyboard.press("/")
  await expect(page.getByLabel("Filter by name or address")).toBeFocused()
  await page.keyboard.type("cust?")
  await expect(page.getByLabel("Filter by name or address")).toHaveValue("cust?")
  await page.keyboard.press("Control+k")
  await page.getByRole("combobox", { name: "Monitor or page" }).fill("customs")
  await expect(page.getByRole("option", { name: /Customs declarations/ })).toBeVisible()
  await page.keyboard.press("Enter")
  await expect(page).toHaveURL(new RegExp(`/monitors/${id}$`))
  await page.keyboard.press("p")
  await expect(page.getByRole("heading", { level: 1, name: "Customs declarations is paused." })).toBeVisible()
})
