import { expect, newEmail, password, register, test } from "./fixtures.ts"

test("from sign-up to an outage on screen and its end, without a reload", async ({ page, target, sink }) => {
  await page.goto("/register")
  await page.getByLabel("E-mail").fill(newEmail())
  await page.getByLabel("Password").fill(password)
  await page.getByRole("button", { name: "Create account" }).click()

  // One field: a URL.
  await expect(page.getByRole("heading", { name: "What should we watch?" })).toBeVisible()
  await page.getByLabel("Address to watch").fill(target.url.replace("http://", ""))
  await page.keyboard.press("Enter")
  await expect(page.getByText("It works.")).toBeVisible()
  await expect(page.getByText("200 OK")).toBeVisible()
  await expect(page.getByRole("rowheader", { name: "First byte" })).toBeVisible()
  await page.getByRole("button", { name: "Watch this" }).click()

  // Then: who is told, tested at once.
  await page.getByLabel("Webhook address").fill(sink.url)
  await page.getByRole("button", { name: "Test and save" }).click()
  await expect(page.getByText("The test arrived.")).toBeVisible()
  await expect(page.getByText(/^whsec_/)).toBeVisible()
  expect(sink.received.map(({ type }) => type)).toEqual(["test"])
  await page.getByRole("link", { name: "Go to the monitors" }).click()
  await expect(page.getByRole("heading", { level: 1, name: "1 up." })).toBeVisible()

  // Every second is quick enough to wait for.
  await page.getByRole("link", { name: target.url.replace("http://", "") }).click()
  await page.getByRole("link", { name: "Edit" }).click()
  await page.getByLabel("Every how many seconds").fill("1")
  await page.getByLabel("Name").fill("Checkout")
  await page.getByRole("button", { name: "Save" }).click()
  await expect(page.getByText("Saved Checkout.")).toBeVisible()
  await expect(page.getByRole("heading", { level: 1, name: /^Checkout is up/ })).toBeVisible()
  await page.getByRole("link", { name: "Monitors", exact: true }).first().click()
  await expect(page.getByRole("heading", { level: 1, name: "1 up." })).toBeVisible()

  await page.evaluate(() => Object.assign(window, { isSamePage: true }))
  target.status = 503
  await expect(page.getByRole("heading", { level: 1, name: "1 down." })).toBeVisible()
  await expect(page.getByRole("row", { name: /Checkout/ })).toContainText("Down")
  await expect(page.getByRole("row", { name: /Checkout/ })).toContainText("The status is 503")
  await expect(page).toHaveTitle("(1 down) Monitors")
  await expect(page.locator("link[rel=icon]")).toHaveAttribute("href", "/favicon-down.svg")
  await expect(page.getByRole("navigation", { name: "Main", exact: true })).toContainText("1 down")

  await page.getByRole("link", { name: "Incidents" }).first().click()
  await page.getByRole("link", { name: "Checkout" }).click()
  await expect(page.getByRole("heading", { level: 1, name: /^Checkout has been down for/ })).toBeVisible()
  await page.getByRole("button", { name: "Acknowledge" }).click()
  await expect(page.getByText("Acknowledged by you.")).toBeVisible()
  await expect(page.getByRole("row", { name: /Answer/ })).toContainText("200 OK")
  await expect(page.getByRole("row", { name: /Answer/ })).toContainText("503 Service Unavailable")

  target.status = 200
  await expect(page.getByRole("heading", { level: 1, name: /^Checkout was down for/ })).toBeVisible()
  await expect(page.getByText("Resolved: the checks are good again.")).toBeVisible()
  await expect(page).toHaveTitle(/^Incident: Checkout/)
  expect(await page.evaluate(() => "isSamePage" in window)).toBe(true)
  await expect
    .poll(() => sink.received.map(({ type }) => type))
    .toEqual(["test", "incident.opened", "incident.resolved"])
  expect(sink.received.every(({ signature }) => signature?.startsWith("v1,"))).toBe(true)
})

test("a try that fails is explained, and mended with one click", async ({ page, context, workspace, target }) => {
  await workspace.enter(context)
  await page.goto("/welcome")
  await page.getByLabel("Address to watch").fill(`${target.url}/status/401`)
  await page.keyboard.press("Enter")
  await expect(page.getByText("It fails.")).toBeVisible()
  await expect(page.getByText("The status is 401, expected 200-299.")).toBeVisible()
  await page.getByRole("button", { name: "Accept 401" }).click()
  await expect(page.getByText("It works.")).toBeVisible()
  await page.getByRole("button", { name: "Watch this" }).click()
  await expect(page).toHaveURL(/step=told/)
  const [monitor] = await workspace.call<ReadonlyArray<{ settings: object }>>("GET", "/monitors")
  expect(monitor?.settings).toMatchObject({ url: `${target.url}/status/401`, expectedStatus: "200-299,401" })
})

test("bulk actions can be undone, and deleting is confirmed by name", async ({ page, context, workspace, target }) => {
  for (const name of ["Alpha", "Beta", "Gamma"]) {
    await workspace.call("POST", "/monitors", {
      name,
      type: "http",
      settings: { url: target.url },
      intervalSeconds: 60
    })
  }
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
  for (const [name, tags] of [
    ["Alpha", ["eu"]],
    ["Beta", ["us"]]
  ] as const) {
    await workspace.call("POST", "/monitors", { name, type: "http", settings: { url: target.url }, tags })
  }
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

test("another workspace sees nothing of this one", async ({ page, context, workspace, target, product }) => {
  const { id } = await workspace.call<{ id: string }>("POST", "/monitors", {
    name: "Secret",
    type: "http",
    settings: { url: target.url }
  })
  await (await register(product.url)).enter(context)
  expect((await page.goto(`/monitors/${id}`))?.status()).toBe(404)
  await page.goto("/monitors")
  await expect(page.getByRole("heading", { level: 1, name: "Nothing is watched yet." })).toBeVisible()
})
