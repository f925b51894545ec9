import { audit } from "./audit.ts"
import { expect, test } from "./fixtures.ts"
import { startWeb } from "./product.ts"
import { screens } from "./screens.ts"

for (const { as, isDrawn, name, open, path } of screens) {
  test(`${name} is for everyone, in both themes, at three widths`, async ({ page, context, furnished, vacant }) => {
    if (isDrawn) {
      test.setTimeout(240_000)
      await furnished.withHistory()
    }
    if (as !== "nobody") await { vacant, furnished }[as].enter(context)
    await page.goto(path(furnished))
    await page.locator("h1").first().waitFor()
    await open?.(page, furnished)
    expect(await audit(page, name)).toEqual([])
  })
}

test("what was done can be undone, by everyone", async ({ page, context, workspace, target }) => {
  await workspace.call("POST", "/monitors", { name: "Alpha", type: "http", settings: { url: target.url } })
  await workspace.enter(context)
  await page.goto("/monitors")
  await page.getByLabel("Select Alpha").check()
  await page.getByRole("button", { name: "Pause" }).click()
  // While it is in use it stays.
  await page.getByRole("button", { name: /^Undo/ }).focus()
  expect(await audit(page, "notice")).toEqual([])
})

test("a page that could not be made says so, to everyone", async ({ browser, furnished }) => {
  const web = await startWeb({ VINSIGHT_API_URL: "http://127.0.0.1:9" })
  const context = await browser.newContext()
  await context.addCookies([{ name: "vinsight_session", value: furnished.token, url: web.url }])
  const page = await context.newPage()
  const answer = await page.goto(`${web.url}/monitors`)
  expect(answer?.status()).toBe(503)
  await expect(page.getByRole("heading", { name: "This page could not be made." })).toBeVisible()
  await expect(page.getByText(/^Request \S+/)).toBeVisible()
  await expect(page.getByRole("button", { name: "Retry" })).toBeVisible()
  expect(await audit(page, "unavailable")).toEqual([])
  await context.close()
  web.signal()
  expect(await web.exited).toBe(0)
})
