/** A workspace with more monitors than a list offers: the one that is wanted is found, and what is chosen stays. */
import { expect, test as base } from "./fixtures.ts"
import { register, type Workspace } from "./workspace.ts"

const count = 300
const atOnce = 20

/** Paused: they are to be chosen, not to be watched. */
const fill = async ({ call }: Workspace) => {
  const names = Array.from({ length: count }, (_, index) => `Site ${String(index + 1).padStart(3, "0")}`)
  for (let from = 0; from < count; from += atOnce)
    await Promise.all(
      names.slice(from, from + atOnce).map(async (name) => {
        const settings = { url: `https://${name.replace(" ", "-").toLowerCase()}.example` }
        const { id } = await call<{ id: string }>("POST", "/monitors", {
          name,
          type: "http",
          settings,
          intervalSeconds: 3600,
          tags: name === "Site 299" ? ["rare"] : []
        })
        await call("POST", `/monitors/${id}/pause`)
      })
    )
}

const test = base.extend<object, { readonly many: Workspace }>({
  many: [
    async ({ product }, use) => {
      const workspace = await register(product.url)
      await fill(workspace)
      await use(workspace)
    },
    { scope: "worker", timeout: 120_000 }
  ]
})

interface Scoped {
  readonly id: string
  readonly scope: { readonly monitorIds: ReadonlyArray<string> }
}
const nameOf = async ({ call }: Workspace, id: string) => (await call<{ name: string }>("GET", `/monitors/${id}`)).name
const namesOf = async (workspace: Workspace, ids: ReadonlyArray<string>) =>
  (await Promise.all(ids.map((id) => nameOf(workspace, id)))).sort()

test("any of many monitors can be chosen, with scripts", async ({ page, context, many }) => {
  await many.enter(context)

  await page.goto("/alerts/rules/new")
  await page.getByRole("button", { name: /^Which monitors/ }).click()
  await expect(page.getByLabel("Tagged rare")).toBeVisible()
  await page.getByLabel("Site 007").check()
  const search = page.getByLabel("Find monitors")
  await search.fill("site-299.example")
  await expect(page.getByText("1 found.")).toBeVisible()
  await page.getByLabel("Site 299").check()
  await search.fill("nothing like it")
  await expect(page.getByText("No monitor is like this.")).toBeVisible()
  await expect(page.getByLabel("Site 007")).toBeChecked()
  await expect(page.getByLabel("Site 299")).toBeChecked()
  await page.keyboard.press("Escape")
  await expect(page.getByRole("button", { name: /^Which monitors: Site 007 or Site 299/ })).toBeVisible()
  await page.getByRole("button", { name: "Save rule" }).click()
  await expect(page).toHaveURL(/\/alerts\/rules$/)
  const [rule] = await many.call<ReadonlyArray<Scoped>>("GET", "/alert-rules")
  expect(await namesOf(many, rule!.scope.monitorIds)).toEqual(["Site 007", "Site 299"])

  // What is chosen beyond the list is there again, and saving keeps it.
  await page.goto(`/alerts/rules/${rule!.id}`)
  await expect(page.getByRole("button", { name: /^Which monitors: .*Site 299/ })).toBeVisible()
  await page.getByRole("button", { name: "Save rule" }).click()
  await expect(page).toHaveURL(/\/alerts\/rules$/)
  const [kept] = await many.call<ReadonlyArray<Scoped>>("GET", "/alert-rules")
  expect(await namesOf(many, kept!.scope.monitorIds)).toEqual(["Site 007", "Site 299"])

  await page.goto("/monitors/new?type=http&url=https://child.example")
  await page.getByText("Depends on").click()
  await search.fill("Site 298")
  await page.getByLabel("Site 298").check()
  await search.fill("")
  await page.getByLabel("Site 001").check()
  await page.getByRole("button", { name: "Watch this" }).click()
  await expect(page).toHaveURL(/\/monitors\/[\w-]{36}$/)
  const { parentIds } = await many.call<{ parentIds: ReadonlyArray<string> }>("GET", new URL(page.url()).pathname)
  expect(await namesOf(many, parentIds)).toEqual(["Site 001", "Site 298"])

  await page.goto("/alerts/silences/new")
  await search.fill("Site 297")
  await expect(page.getByText("1 found.")).toBeVisible()
  await page.getByLabel("Condition 1: value").selectOption("Site 297")
  await search.fill("Site 001")
  await expect(page.getByLabel("Condition 1: value").locator("option:checked")).toHaveText("Site 297")
  await page.getByLabel("Why").fill("Moving house.")
  await page.getByRole("button", { name: "Silence", exact: true }).last().click()
  await expect(page.getByRole("listitem").getByRole("paragraph").filter({ hasText: "Site 297" })).toBeVisible()
})

test.describe("without JS", () => {
  test.use({ javaScriptEnabled: false })

  test("any of many monitors can be chosen", async ({ page, context, many }) => {
    await many.enter(context)
    await page.goto("/maintenance/new")
    await page.getByLabel("Name", { exact: true }).fill("New racks")
    await page.getByLabel("Only these").check()
    await page.getByLabel("Site 007").check()
    const search = page.getByLabel("Find monitors")
    await search.fill("Site 299")
    await page.getByRole("button", { name: "Find", exact: true }).click()
    await expect(page.getByText("1 found.")).toBeVisible()
    await expect(page.getByLabel("Name", { exact: true })).toHaveValue("New racks")
    await expect(page.getByLabel("Site 007")).toBeChecked()
    await page.getByLabel("Site 299").check()
    // Enter seeks as long as something else stands in the field; it saves nothing.
    await search.fill("Site 29")
    await search.press("Enter")
    await expect(page.getByText("10 found.")).toBeVisible()
    await expect(page.getByLabel("Site 007")).toBeChecked()
    await expect(page.getByLabel("Site 299")).toBeChecked()
    await page.getByRole("button", { name: "Plan it" }).click()
    await expect(page.getByText("Planned New racks.")).toBeVisible()
    const [window] = await many.call<ReadonlyArray<Scoped>>("GET", "/maintenance-windows")
    expect(await namesOf(many, window!.scope.monitorIds)).toEqual(["Site 007", "Site 299"])
  })
})
