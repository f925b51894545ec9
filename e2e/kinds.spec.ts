import { expect, test } from "./fixtures.ts"

test("a port is watched through the form, goes down and comes back", async ({ page, context, workspace, target }) => {
  const heading = (name: string | RegExp) => page.getByRole("heading", { level: 1, name })
  const { hostname, port } = new URL(target.url)
  await workspace.enter(context)
  await page.goto("/monitors/new")
  await page
    .getByRole("navigation", { name: "Kind of monitor" })
    .getByRole("link", { name: /^TCP port/ })
    .click()
  await expect(page).toHaveURL(/\?type=tcp$/)
  await expect(page.getByLabel("Host", { exact: true })).toBeFocused()
  await page.getByLabel("Host", { exact: true }).fill(`${hostname}:${port}`)
  await page.getByLabel("Port", { exact: true }).fill(port)
  await page.getByLabel("Every how many seconds").fill("1")
  await page.getByRole("button", { name: "Watch this" }).click()
  // What is wrong is said where it is, and that is where one is.
  await expect(page.getByText("Write the port into its own field")).toBeVisible()
  await expect(page.getByLabel("Host", { exact: true })).toBeFocused()
  await page.getByLabel("Host", { exact: true }).fill(hostname)
  await page.getByLabel("Name", { exact: true }).fill("Database")
  await page.getByRole("button", { name: "Test now" }).click()
  await expect(page.getByText("It works.")).toBeVisible()
  await page.getByRole("button", { name: "Watch this" }).click()
  await expect(heading(/^Database is up/)).toBeVisible()
  await expect(page.getByText(`${hostname}:${port}`)).toBeVisible()
  await target.die()
  await expect(heading(/^Database is down/)).toBeVisible()
  await target.revive()
  await expect(heading(/^Database is up/)).toBeVisible()
})

test("a job calls in, reports failure, and is well again", async ({ page, context, workspace }) => {
  const heading = (name: string | RegExp) => page.getByRole("heading", { level: 1, name })
  await workspace.enter(context)
  await page.goto("/monitors/new?type=heartbeat")
  await page.getByLabel("Period").fill("3600")
  await page.getByLabel("Name", { exact: true }).fill("Nightly backup")
  await page.getByLabel("Every how many seconds").fill("1")
  await page.getByRole("button", { name: "Watch this" }).click()
  await expect(page.getByText("No call has come yet.", { exact: true })).toBeVisible()
  const address = (await page.locator(".address code").textContent()) ?? ""
  expect(address).toMatch(/\/api\/v1\/heartbeats\/\S+$/)
  await expect(page.getByText(`/path/to/job && curl`, { exact: false })).toBeVisible()

  expect((await fetch(address)).status).toBe(200)
  await expect(heading(/^Nightly backup is up/)).toBeVisible()
  expect((await fetch(`${address}/3`, { method: "POST", body: "<b>disk full</b>" })).status).toBe(200)
  await expect(heading(/^Nightly backup is down/)).toBeVisible()
  await page.reload()
  const failed = page.getByRole("table", { name: "Calls, newest first" }).getByRole("row").nth(1)
  await expect(failed).toContainText("Failed, exit code 3")
  await failed.getByText("What it sent").click()
  await expect(failed.getByText("<b>disk full</b>")).toBeVisible()
  await fetch(address)
  await expect(heading(/^Nightly backup is up/)).toBeVisible()

  await page.getByText("How to call it").click()
  await page.getByRole("button", { name: "Make a new address" }).click()
  await expect(page.getByText("A new address is made.", { exact: false })).toBeVisible()
  await expect(page.locator(".address code")).not.toHaveText(address)
  expect((await fetch(address)).status).toBe(404)
})

test("assertions are built from what a test found", async ({ page, context, workspace, target }) => {
  await workspace.enter(context)
  await page.goto(`/monitors/new?url=${encodeURIComponent(`${target.url}/health`)}`)
  await page.getByRole("button", { name: "Test now" }).click()
  await expect(page.getByText("It works.")).toBeVisible()
  await page.getByRole("button", { name: "Status is 200" }).click()
  await page.getByRole("button", { name: "$.checks.queue is 3" }).click()
  await expect(page.getByLabel("Assertion 2: JSON path")).toHaveValue("$.checks.queue")
  await page.getByLabel("Assertion 2: comparison").selectOption("is less than")
  await page.getByLabel("Assertion 2: expected").fill("3")
  await page.getByLabel("Assertion 2: if not met").selectOption("else degraded")
  await page.getByRole("button", { name: "Test now" }).click()
  await expect(page.getByText("It works, but not well.")).toBeVisible()
  const assertions = page.getByRole("group", { name: "Assertions" }).getByRole("listitem")
  await expect(assertions.nth(0)).toContainText("Met found 200")
  await expect(assertions.nth(1)).toContainText("Not met found 3")
  // One that was changed since has not been judged.
  await page.getByLabel("Assertion 2: expected").fill("4")
  await expect(assertions.nth(1)).not.toContainText("found")
  await page.getByRole("button", { name: "Test now" }).click()
  await expect(assertions.nth(1)).toContainText("Met found 3")
  // What does not fit a source is not offered.
  await page.getByRole("button", { name: "Add assertion" }).click()
  await expect(page.getByLabel("Assertion 3: what")).toBeFocused()
  await expect(page.getByLabel("Assertion 3: comparison").getByRole("option", { name: "contains" })).toHaveCount(0)
  await page.getByLabel("Assertion 3: what").selectOption("Header")
  await page.getByLabel("Assertion 3: comparison").selectOption("contains")
  await page.getByRole("button", { name: "Watch this" }).click()
  await expect(page.getByText("Write the name of a header")).toBeVisible()
  await expect(page.getByLabel("Assertion 3: Header name")).toBeFocused()
  await page.getByRole("button", { name: "Remove assertion 3" }).click()
  await page.getByRole("button", { name: "Watch this" }).click()
  await expect(page.getByRole("heading", { level: 1, name: / is up/ })).toBeVisible()
  const [monitor] = await workspace.call<ReadonlyArray<{ settings: { assertions: unknown } }>>("GET", "/monitors")
  expect(monitor?.settings.assertions).toEqual([
    { source: "status", operator: "equals", expected: 200, severity: "down" },
    { source: "json", property: "$.checks.queue", operator: "less_than", expected: 4, severity: "degraded" }
  ])
})

test("a curl command fills the form, wherever it is pasted", async ({ page, context, workspace, target }) => {
  await workspace.enter(context)
  await page.goto("/monitors/new")
  const command = `curl -X POST -u ada:secret -b sid=1 -H 'X-A: 1' -d hello ${target.url}/health`
  await page.getByLabel("URL").evaluate((field, text) => {
    const clipboardData = new DataTransfer()
    clipboardData.setData("text", text)
    field.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }))
  }, command)
  await expect(page.getByLabel("URL")).toHaveValue(`${target.url}/health`)
  await expect(page.getByText(/-b is not taken over/)).toBeVisible()
  await expect(page.getByText("POST, with headers, with body")).toBeVisible()
  await page.getByRole("button", { name: "Watch this" }).click()
  await expect(page.getByRole("heading", { level: 1, name: / is up/ })).toBeVisible()
  const [monitor] = await workspace.call<ReadonlyArray<{ settings: object; secretsSet: ReadonlyArray<string> }>>(
    "GET",
    "/monitors"
  )
  expect(monitor).toMatchObject({
    secretsSet: ["password"],
    settings: { method: "POST", body: "hello", auth: "basic", username: "ada", followRedirects: false }
  })

  await page.goto("/monitors/new")
  await page.getByLabel("URL").fill(`curl ${target.url}/status/404`)
  await page.keyboard.press("Enter")
  await expect(page.getByLabel("URL")).toHaveValue(`${target.url}/status/404`)
})

test("a secret is kept, replaced and removed without being shown", async ({ page, context, workspace, target }) => {
  const { id } = await workspace.call<{ id: string }>("POST", "/monitors", {
    name: "Sealed",
    type: "http",
    settings: { url: target.url, auth: "basic", username: "ada", password: "first secret" }
  })
  const set = async () => (await workspace.call<{ secretsSet: unknown }>("GET", `/monitors/${id}`)).secretsSet
  await workspace.enter(context)
  await page.goto(`/monitors/${id}/edit`)
  await page.getByRole("heading", { name: "Authentication" }).click()
  await expect(page.getByLabel("Password", { exact: true })).toHaveValue("")
  expect(await page.content()).not.toContain("first secret")
  await page.getByRole("button", { name: "Save" }).click()
  await expect(page.getByText("Saved Sealed.")).toBeVisible()
  expect(await set()).toEqual(["password"])

  await page.goto(`/monitors/${id}/edit`)
  await page.getByRole("heading", { name: "Authentication" }).click()
  await page.getByLabel("Authentication", { exact: true }).selectOption("none")
  await page.getByLabel("User name").fill("")
  await page.getByLabel("Remove the password").check()
  await page.getByRole("button", { name: "Save" }).click()
  await expect(page.getByText("Saved Sealed.")).toBeVisible()
  expect(await set()).toEqual([])
})

test("steps come one by one, each with assertions of its own", async ({ page, context, workspace, target }) => {
  await workspace.enter(context)
  await page.goto("/monitors/new?type=steps")
  const step = (number: number) => page.getByRole("group", { name: `Step ${number}`, exact: true })
  await step(1).getByLabel("Name", { exact: true }).fill("Front")
  await step(1).getByLabel("URL").fill(target.url)
  await page.getByRole("button", { name: "Add step" }).click()
  await expect(step(2).getByLabel("Name", { exact: true })).toBeFocused()
  await step(2).getByLabel("Name", { exact: true }).fill("Health")
  await step(2).getByLabel("URL").fill(`${target.url}/health`)
  await step(2).getByRole("heading", { name: "More" }).click()
  await step(2).getByRole("button", { name: "Add assertion" }).click()
  await step(2).getByLabel("Assertion 1: what").selectOption("JSON value")
  await step(2).getByLabel("Assertion 1: JSON path").fill("$.status")
  await step(2).getByLabel("Assertion 1: expected").fill("ok")
  // Those behind it move up, with all that is theirs.
  await page.getByRole("button", { name: "Remove step 1" }).click()
  await expect(step(1).getByLabel("Name", { exact: true })).toHaveValue("Health")
  await page.getByRole("button", { name: "Watch this" }).click()
  await expect(page.getByRole("heading", { level: 1, name: / is up/ })).toBeVisible()
  const [monitor] = await workspace.call<ReadonlyArray<{ settings: { steps: unknown } }>>("GET", "/monitors")
  expect(monitor?.settings.steps).toMatchObject([
    {
      name: "Health",
      method: "GET",
      followRedirects: true,
      assertions: [{ source: "json", property: "$.status", operator: "equals", expected: "ok", severity: "down" }]
    }
  ])
})

test("what is wrong in a closed fold opens it", async ({ page, context, workspace, target }) => {
  await workspace.enter(context)
  await page.goto("/monitors/new")
  await page.getByLabel("URL").fill(target.url)
  const fold = page.getByRole("heading", { name: "Confirmation" })
  await fold.click()
  await page.getByLabel("Time-out, seconds").fill("99")
  await fold.click()
  await expect(page.getByLabel("Time-out, seconds")).toBeHidden()
  await page.getByRole("button", { name: "Watch this" }).click()
  await expect(page.getByLabel("Time-out, seconds")).toBeFocused()
  await page.getByLabel("Time-out, seconds").fill("9")
  await page.getByRole("button", { name: "Watch this" }).click()
  await expect(page.getByRole("heading", { level: 1, name: / is up/ })).toBeVisible()
})
