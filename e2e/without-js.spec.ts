import { expect, test } from "./fixtures.ts"
import { newEmail, password } from "./workspace.ts"

test.use({ javaScriptEnabled: false })

test("sign-up, a first monitor, who is told, and sign-out work without JS", async ({ page, target, sink }) => {
  const heading = (name: string | RegExp) => page.getByRole("heading", { level: 1, name })
  const email = newEmail()
  await page.goto("/register")
  await page.getByLabel("E-mail").fill(email)
  await page.getByLabel("Password").fill(password)
  await page.getByRole("button", { name: "Create account" }).click()
  await page.getByLabel("Address to watch").fill(`${target.url}/status/404`)
  await page.getByRole("button", { name: "Try it" }).click()
  await expect(page.getByText("It fails.")).toBeVisible()
  await page.getByRole("button", { name: "Accept 404" }).click()
  await expect(page.getByText("It works.")).toBeVisible()
  await page.getByRole("button", { name: "Watch this" }).click()
  await page.getByLabel("Webhook address").fill(sink.url)
  await page.getByRole("button", { name: "Test and save" }).click()
  await expect(page.getByText("The test arrived.")).toBeVisible()
  await page.getByRole("link", { name: "Go to the monitors" }).click()
  await expect(heading(/1 (up|waiting for the first check)\./)).toBeVisible()

  await page.getByRole("link", { name: "Alerts" }).first().click()
  await page.getByRole("link", { name: "Channels" }).click()
  await expect(heading("1 channel is on.")).toBeVisible()
  await page.getByRole("link", { name: "Add channel" }).click()
  await page.getByLabel("Webhook URL").fill(`${sink.url}/second`)
  await page.getByLabel("Name", { exact: true }).fill("Second")
  await page.getByRole("button", { name: "Add channel" }).click()
  await expect(heading("Second is ready.")).toBeVisible()
  await expect(page.getByText(/^whsec_/)).toBeVisible()
  await page.getByRole("button", { name: "Send a test" }).click()
  await expect(page.getByText("The test arrived.")).toBeVisible()
  expect(sink.received.map(({ type }) => type)).toEqual(["test", "test"])
  await expect(heading("2 channels are on.")).toBeVisible()

  await page.getByRole("link", { name: "Settings" }).first().click()
  await page.getByRole("button", { name: "Sign out" }).click()
  await expect(heading("Sign in.")).toBeVisible()
  await page.goto("/monitors")
  await expect(page).toHaveURL(/\/login\?next=%2Fmonitors$/)
  await page.getByLabel("E-mail").fill(email)
  await page.getByLabel("Password").fill(password)
  await page.getByRole("button", { name: "Sign in" }).click()
  await expect(page).toHaveURL(/\/monitors$/)
})

test("monitors are made, paused, brought back and deleted without JS", async ({ page, context, workspace, target }) => {
  await workspace.enter(context)
  await page.goto("/monitors/new")
  await page.getByLabel("URL").fill("nonsense://")
  await page.getByRole("button", { name: "Watch this" }).click()
  await expect(page.getByText(/Write a whole URL/)).toBeVisible()
  await page.getByLabel("URL").fill(target.url)
  await page.getByLabel("Name", { exact: true }).fill("Checkout")
  await page.getByRole("button", { name: "Test now" }).click()
  await expect(page.getByText("It works.")).toBeVisible()
  await expect(page.getByLabel("Name", { exact: true })).toHaveValue("Checkout")
  await page.getByRole("button", { name: "Watch this" }).click()
  await expect(page.getByRole("heading", { level: 1, name: /^Checkout/ })).toBeVisible()

  await page.goto("/monitors")
  await page.getByLabel("Select Checkout").check()
  await page.getByRole("button", { name: "Pause" }).click()
  await expect(page.getByText("Paused Checkout.")).toBeVisible()
  await page.getByRole("button", { name: /Undo/ }).click()
  await expect(page.getByText("Resumed Checkout.")).toBeVisible()

  await page.getByRole("link", { name: "Checkout" }).click()
  await page.getByRole("link", { name: "Delete" }).click()
  await page.getByLabel("Confirmation").fill("Checkout")
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click()
  await expect(page.getByText("Deleted Checkout.")).toBeVisible()
  await page.getByRole("button", { name: /Undo/ }).click()
  await expect(page.getByRole("link", { name: "Checkout" })).toBeVisible()
})

test("a job and its calls, assertions and curl commands work without JS", async ({
  page,
  context,
  workspace,
  target
}) => {
  await workspace.enter(context)
  await page.goto("/monitors/new")
  await page.getByRole("link", { name: /^Heartbeat/ }).click()
  await page.getByLabel("Name", { exact: true }).fill("Nightly backup")
  await page.getByRole("button", { name: "Watch this" }).click()
  await expect(page.getByText("Say when calls are due", { exact: false })).toBeVisible()
  await expect(page.getByLabel("Period")).toBeFocused()
  await page.getByLabel("Period").fill("3600")
  await page.getByRole("button", { name: "Watch this" }).click()
  const address = (await page.locator(".address code").textContent()) ?? ""
  expect((await fetch(`${address}/fail`)).status).toBe(200)
  await page.reload()
  await expect(page.getByRole("table", { name: "Calls, newest first" })).toContainText("Failed")

  await page.goto("/monitors/new")
  await page.getByText("Paste a curl command").click()
  await page.getByLabel("Command").fill(`curl -b a=1 -H 'X-A: 1' ${target.url}/health`)
  await page.getByRole("button", { name: "Take it over" }).click()
  await expect(page.getByLabel("URL")).toHaveValue(`${target.url}/health`)
  await expect(page.getByText(/-b is not taken over/)).toBeVisible()
  await page.getByRole("button", { name: "Test now" }).click()
  await page.getByRole("button", { name: "Status is 200" }).click()
  await page.getByRole("button", { name: "Add assertion" }).click()
  await page.getByLabel("Assertion 2: what").selectOption("JSON value")
  await page.getByRole("button", { name: "Show what fits" }).last().click()
  await page.getByLabel("Assertion 2: JSON path").fill("$.status")
  await page.getByLabel("Assertion 2: expected").fill("ok")
  await page.getByRole("button", { name: "Remove assertion 1" }).click()
  await page.getByRole("button", { name: "Watch this" }).click()
  await expect(page.getByRole("heading", { level: 1, name: /health/ })).toBeVisible()
  const monitors = await workspace.call<ReadonlyArray<{ type: string; settings: object }>>("GET", "/monitors")
  expect(monitors.find(({ type }) => type === "http")?.settings).toMatchObject({
    headers: { "X-A": "1" },
    assertions: [{ source: "json", property: "$.status", operator: "equals", expected: "ok", severity: "down" }]
  })
})

test("lists, details and incidents are read without JS", async ({ page, context, furnished }) => {
  await furnished.enter(context)
  await page.goto("/monitors")
  await expect(page.getByRole("row", { name: /Label printing/ })).toContainText("Down")
  await page.getByRole("link", { name: "Label printing" }).click()
  await expect(page.getByRole("heading", { level: 1, name: /^Label printing is down/ })).toBeVisible()
  await page.getByText("Show as table").first().click()
  await expect(page.locator("figure table").first()).toBeVisible()
  await expect(page.getByRole("table", { name: "Checks, newest first" }).getByText("503").first()).toBeVisible()
  await page.getByRole("link", { name: "Open incident" }).click()
  await expect(page.getByRole("heading", { level: 1, name: /^Label printing has been down for/ })).toBeVisible()
  await expect(
    page
      .getByRole("heading", { name: "What changed" })
      .or(page.getByRole("heading", { name: "Timeline" }))
      .first()
  ).toBeVisible()
})

test("the theme is chosen without JS, and in the first byte", async ({ page, context, workspace }) => {
  await workspace.enter(context)
  await page.goto("/settings")
  await page.getByRole("button", { name: "Dark" }).click()
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark")
  expect(await page.evaluate(() => getComputedStyle(document.body).backgroundColor)).toBe("rgb(14, 16, 17)")
})
