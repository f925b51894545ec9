import { expect, test } from "./fixtures.ts"
import { newEmail, password } from "./workspace.ts"

/** From an account to the first result, as the product promises it. */
const most = { interactions: 4, seconds: 15 }

test("from sign-up to an outage on screen and its end, without a reload", async ({ page, target, sink }) => {
  const address = target.url.replace("http://", "")
  const heading = (name: string | RegExp) => page.getByRole("heading", { level: 1, name })
  const promises: Array<string> = []
  let interactions = 0
  let start = 0
  const act = async (interaction: Promise<void>) => {
    interactions += 1
    await interaction
  }
  const reached = (what: string) => {
    const seconds = (performance.now() - start) / 1000
    promises.push(`${what}: ${interactions} interactions and ${seconds.toFixed(2)} s after signing up`)
    expect(interactions).toBeLessThanOrEqual(most.interactions)
    expect(seconds).toBeLessThanOrEqual(most.seconds)
  }

  await page.goto("/register")
  await page.getByLabel("E-mail").fill(newEmail())
  await page.getByLabel("Password").fill(password)
  start = performance.now()
  await page.getByRole("button", { name: "Create account" }).click()

  // One field: a URL.
  await expect(heading("What should we watch?")).toBeVisible()
  await act(page.getByLabel("Address to watch").fill(address))
  await act(page.keyboard.press("Enter"))
  await expect(page.getByText("It works.")).toBeVisible()
  await expect(page.getByText("200 OK")).toBeVisible()
  await expect(page.getByRole("rowheader", { name: "First byte" })).toBeVisible()
  reached("the first result with its waterfall")
  await act(page.getByRole("button", { name: "Watch this" }).click())
  await expect(heading("Who should be told?")).toBeVisible()
  await act(page.getByRole("link", { name: "Skip for now" }).click())
  await expect(heading("1 up.")).toBeVisible()
  reached("the first check of the monitor")
  process.stdout.write(`\n${promises.join("\n")}\n`)
  await page.goBack()

  // Then: who is told, tested at once.
  await page.getByLabel("Webhook address").fill(sink.url)
  await page.getByRole("button", { name: "Test and save" }).click()
  await expect(page.getByText("The test arrived.")).toBeVisible()
  await expect(page.getByText(/^whsec_/)).toBeVisible()
  expect(sink.received.map(({ type }) => type)).toEqual(["test"])
  await page.getByRole("link", { name: "Go to the monitors" }).click()

  // Every second is quick enough to wait for.
  await page.getByRole("link", { name: address }).click()
  await page.getByRole("link", { name: "Edit" }).click()
  await page.getByLabel("Every how many seconds").fill("1")
  await page.getByLabel("Name", { exact: true }).fill("Checkout")
  await page.getByRole("button", { name: "Save" }).click()
  await expect(page.getByText("Saved Checkout.")).toBeVisible()
  await expect(heading(/^Checkout is up/)).toBeVisible()
  await page.getByRole("link", { name: "Monitors", exact: true }).first().click()
  await expect(heading("1 up.")).toBeVisible()
  await expect(page).toHaveTitle("Monitors")
  await expect(page.locator("link[rel=icon]")).toHaveAttribute("href", /\/favicon-up\.svg$/)

  // From here on the page is never loaded again: everything comes through the live stream.
  const navigations: Array<string> = []
  page.on("request", (request) => {
    if (request.isNavigationRequest()) navigations.push(request.url())
  })
  await page.evaluate(() => Object.assign(window, { isSamePage: true }))
  await target.die()
  const death = performance.now()
  await expect(heading("1 down.")).toBeVisible()
  process.stdout.write(`down on screen ${((performance.now() - death) / 1000).toFixed(2)} s after the target died\n`)
  await expect(page.getByRole("row", { name: /Checkout/ })).toContainText("Down")
  await expect(page.getByRole("row", { name: /Checkout/ })).toContainText(/refused/i)
  await expect(page).toHaveTitle("(1 down) Monitors")
  await expect(page.locator("link[rel=icon]")).toHaveAttribute("href", /\/favicon-down\.svg$/)
  await expect(page.getByRole("navigation", { name: "Main", exact: true })).toContainText("1 down")

  await page.getByRole("link", { name: "Incidents" }).first().click()
  await expect(heading("1 open.")).toBeVisible()
  await page.getByRole("link", { name: "Checkout" }).click()
  await expect(heading(/^Checkout has been down for/)).toBeVisible()
  await expect.poll(() => sink.received.map(({ type }) => type)).toEqual(["test", "incident.opened"])
  await page.getByRole("button", { name: "Acknowledge" }).click()
  await expect(page.getByText("Acknowledged by you.")).toBeVisible()
  await expect(page.getByRole("row", { name: /Answer/ })).toContainText("200 OK")

  await target.revive()
  await expect(heading(/^Checkout was down for/)).toBeVisible()
  await expect(page.getByRole("paragraph").filter({ hasText: "A good check ended it." })).toBeVisible()
  await expect(page).toHaveTitle(/^Incident: Checkout/)
  await page.getByRole("link", { name: "Monitors", exact: true }).first().click()
  await expect(heading("1 up.")).toBeVisible()
  await expect(page.locator("link[rel=icon]")).toHaveAttribute("href", /\/favicon-up\.svg$/)
  expect(await page.evaluate(() => "isSamePage" in window)).toBe(true)
  expect(navigations).toEqual([])
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
