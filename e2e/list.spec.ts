import { expect, test } from "./fixtures.ts"
import type { Workspace } from "./workspace.ts"

const watch = ({ call }: Workspace, url: string, name: string, tags: ReadonlyArray<string> = []) =>
  call<{ id: string }>("POST", "/monitors", { name, type: "http", settings: { url }, intervalSeconds: 60, tags })

test("bulk actions can be undone, and deleting is confirmed by name", async ({ page, context, workspace, target }) => {
  for (const name of ["Alpha", "Beta", "Gamma"]) await watch(workspace, target.url, name)
  await workspace.enter(context)
  await page.goto("/monitors")
  await expect(page.getByRole("heading", { level: 1, name: "All 3 up." })).toBeVisible()
  await page.getByLabel("Select Alpha").check()
  await page.getByLabel("Select Beta").check()
  await expect(page.getByText("2 selected")).toBeVisible()
  await page.getByRole("button", { name: "Pause" }).click()
  await expect(page.getByText("Paused 2 monitors.")).toBeVisible()
  await expect(page.getByRole("row", { name: /Alpha/ })).toContainText("Paused")
  await page.getByRole("button", { name: /Undo/ }).click()
  await expect(page.getByRole("row", { name: /Alpha/ })).not.toContainText("Paused")

  await page.getByLabel("Select Gamma").check()
  await page.getByRole("button", { name: "Delete" }).click()
  const dialog = page.getByRole("dialog", { name: "Delete Gamma?" })
  await dialog.getByLabel("Confirmation").fill("Gama")
  await dialog.getByRole("button", { name: "Delete" }).click()
  await expect(dialog.getByText("This is not “Gamma”.")).toBeVisible()
  await dialog.getByLabel("Confirmation").fill("Gamma")
  await dialog.getByRole("button", { name: "Delete" }).click()
  await expect(page.getByText("Deleted Gamma.")).toBeVisible()
  await expect(page.getByRole("link", { name: "Gamma" })).toHaveCount(0)
  await page.getByRole("button", { name: /Undo/ }).click()
  await expect(page.getByRole("link", { name: "Gamma" })).toBeVisible()
})

test("filters are in the URL", async ({ page, context, workspace, target }) => {
  await watch(workspace, target.url, "Alpha", ["eu"])
  await watch(workspace, target.url, "Beta", ["us"])
  await workspace.enter(context)
  await page.goto("/monitors")
  await page.getByLabel("Filter by name or address").fill("bet")
  await expect(page).toHaveURL(/\?q=bet$/)
  await expect(page.getByRole("link", { name: "Alpha" })).toHaveCount(0)
  await page.goto("/monitors?tag=eu")
  await expect(page.getByRole("link", { name: "Alpha" })).toBeVisible()
  await expect(page.getByRole("link", { name: "Beta" })).toHaveCount(0)
  await page.goto("/monitors?status=down")
  await expect(page.getByText("No monitor is like this.")).toBeVisible()
})

test("what is typed before the scripts have come filters too", async ({ page, context, workspace, target }) => {
  await watch(workspace, target.url, "Alpha")
  await workspace.enter(context)
  const typed = Promise.withResolvers<void>()
  await page.route(/\.js$/, async (route) => {
    await typed.promise
    await route.continue()
  })
  const arrival = page.goto("/monitors")
  await page.getByLabel("Filter by name or address").fill("bet")
  typed.resolve()
  await arrival
  await expect(page).toHaveURL(/\?q=bet$/)
  await expect(page.getByText("No monitor is like this.")).toBeVisible()
})
