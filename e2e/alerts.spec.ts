import { expect, test } from "./fixtures.ts"

interface WithId {
  readonly id: string
}

test("a rule is a sentence: every slot of it is chosen, refused in place, kept and read back", async ({
  page,
  context,
  workspace,
  sink,
  target
}) => {
  const { call } = workspace
  await call("POST", "/alert-channels", { name: "#ops", type: "webhook", settings: { url: sink.url } })
  await call("POST", "/monitors", { name: "Checkout", type: "http", settings: { url: target.url }, tags: ["payments"] })
  await workspace.enter(context)
  const slot = (name: string) => page.getByRole("button", { name: new RegExp(`^${name}: `) })
  const close = () => page.keyboard.press("Escape")

  await page.goto("/alerts/rules/new")
  await slot("Which monitors").click()
  await page.getByLabel("Tagged payments").check()
  await close()
  await slot("What happens").click()
  await expect(page.getByLabel("Above, ms")).toBeHidden()
  await page.getByLabel(/It is slow/).check()
  await page.getByLabel("Above, ms").fill("much")
  await close()
  await slot("How soon").click()
  await page.getByLabel("How long", { exact: true }).fill("2")
  await close()
  await slot("How often").click()
  await page.getByLabel("Again, until somebody acknowledges").check()
  await close()
  await slot("At what hours").click()
  await page.getByLabel(/In these hours/).check()
  await page.getByLabel("Time zone").fill("Europe/Berlin")
  await close()
  await slot("How much it matters").click()
  await page.getByLabel(/a warning/i).check()
  await close()
  await expect(slot("How soon")).toContainText("once it has lasted 2 minutes")

  await page.getByRole("button", { name: "Save rule" }).click()
  await expect(page.locator(".err").first()).toBeVisible()
  await expect(slot("What happens")).toContainText("slower than much ms")
  await slot("What happens").click()
  await page.getByLabel("Above, ms").fill("900")
  await close()
  await page.getByRole("button", { name: "Save rule" }).click()
  await expect(page.getByRole("heading", { level: 1, name: "1 rule tells somebody." })).toBeVisible()
  const sentence = page.getByRole("link", { name: /^When any monitor tagged payments/ })
  await expect(sentence).toContainText("900 ms")
  await expect(sentence).toContainText("#ops")
  await expect(sentence).toContainText("Europe/Berlin")

  await sentence.click()
  await expect(slot("What happens")).toContainText("answers slower than 900 ms (p95 of 10 minutes)")
  await expect(slot("How often")).toContainText("again every 30 minutes until somebody acknowledges")
  await slot("Which channels").click()
  await page.getByLabel("#ops").uncheck()
  await close()
  await expect(page.getByText("Nobody would be told.")).toBeVisible()
})

test("a rule is tried on the past, beside what it was, and the trial can be left", async ({ page, context, past }) => {
  test.setTimeout(300_000)
  const name = `Trial ${Date.now()}`
  const rule = await past.call<WithId>("POST", "/alert-rules", { name, condition: { trigger: "down" }, channelIds: [] })
  await past.enter(context)
  await page.goto(`/alerts/rules/${rule.id}`)
  const strips = page.getByRole("region", { name: "Dry run" })
  await page.getByRole("button", { name: /Last 7 days/ }).click()
  await expect(
    page.getByRole("heading", { level: 1, name: /^This rule would have paged .* in 7 days\.$/ })
  ).toBeVisible({
    timeout: 120_000
  })
  await expect(strips.getByText("Draft").first()).toBeVisible()
  await expect(strips.getByText("Saved").first()).toBeVisible()
  const figures = strips.getByRole("table", { name: "Both versions in figures" })
  for (const row of ["Pages", "Incidents", "Minutes detected", "Told after"])
    await expect(figures.getByRole("row", { name: row })).toBeVisible()

  // Another draft is not what was tried.
  await page.getByRole("button", { name: /^How soon: / }).click()
  await page.getByLabel("Only when it lasts").check()
  await page.keyboard.press("Escape")
  await expect(page.getByText("The rule has changed since. Try it again.")).toBeVisible()

  const ended = page.waitForEvent("requestfailed", (request) => request.url().endsWith("/alert-rules/simulate"))
  await page.getByRole("button", { name: /Last 90 days/ }).click()
  await page.getByRole("button", { name: "Cancel" }).click()
  await ended
  await expect(page.getByRole("progressbar")).toBeHidden()
  await past.call("DELETE", `/alert-rules/${rule.id}`)
})

test("a rule is changed with the keyboard alone", async ({ page, context, workspace, sink }) => {
  await workspace.call("POST", "/alert-channels", { name: "#ops", type: "webhook", settings: { url: sink.url } })
  await workspace.enter(context)
  await page.goto("/alerts/rules/new")
  const { keyboard } = page
  const slot = page.getByRole("button", { name: /^What happens: / })
  await slot.focus()
  await keyboard.press("Enter")
  await keyboard.press("Tab")
  await keyboard.press("ArrowDown")
  await expect(page.getByLabel("Checks in a row")).toBeVisible()
  await keyboard.press("Tab")
  await keyboard.press("ControlOrMeta+a")
  await keyboard.type("4")
  await keyboard.press("Escape")
  await expect(slot).toBeFocused()
  await expect(slot).toContainText("is degraded in 4 checks in a row")
  await page.getByLabel("Name", { exact: true }).focus()
  await keyboard.press("Enter")
  await expect(page.getByRole("link", { name: /^When any monitor is degraded in 4 checks/ })).toBeVisible()
})

test("there are sixteen kinds of channels, with quiet hours and a budget", async ({
  page,
  context,
  workspace,
  sink
}) => {
  await workspace.enter(context)
  await page.goto("/alerts/channels/new")
  const kinds = page.getByRole("navigation", { name: "Kind of channel" }).getByRole("link")
  await expect(kinds).toHaveCount(16)
  await kinds.filter({ hasText: "E-mail" }).click()
  await expect(page).toHaveURL(/\?type=email$/)
  await expect(page.getByLabel("Webhook URL")).toBeHidden()
  await kinds.filter({ hasText: "Webhook" }).first().click()
  await page.getByLabel("Webhook URL").fill(sink.url)
  await page.getByLabel("Name", { exact: true }).fill("Nightly")
  await page.getByText("Quiet hours").click()
  await page.getByLabel("Quiet in these hours").check()
  await page.getByLabel("Time zone").fill("Nowhere/Town")
  await page.getByText("Storm budget").click()
  await page.getByLabel("Messages").fill("7")
  await page.getByRole("button", { name: "Add channel" }).click()
  await expect(page.getByText(/IANA name/)).toBeVisible()
  await page.getByLabel("Time zone").fill("Asia/Tokyo")
  await page.getByRole("button", { name: "Add channel" }).click()
  await expect(page.getByRole("heading", { level: 1, name: "Nightly is ready." })).toBeVisible()

  await page.goto("/alerts/channels")
  await expect(page.getByRole("row", { name: /Nightly/ })).toContainText("quiet hours")
  sink.status = 503
  await page.getByRole("button", { name: "Test Nightly" }).click()
  await expect(page.getByText("The test did not arrive.")).toBeVisible()
  await expect(page.getByText("503 Service Unavailable")).toBeVisible()
  await expect(page.getByText("nobody lives here")).toBeVisible()
  await page.getByRole("link", { name: "Nightly" }).click()
  await expect(
    page.getByText("every day from 22:00 to 07:00 the next day (Asia/Tokyo), except critical")
  ).toBeAttached()
  await expect(page.getByText("7 messages in 5 minutes")).toBeAttached()
})

test("a message that did not arrive says why, and is tried again by hand", async ({
  page,
  context,
  workspace,
  sink,
  target
}) => {
  const { call, until } = workspace
  sink.status = 410
  const channel = await call<WithId>("POST", "/alert-channels", {
    name: "#ops",
    type: "webhook",
    settings: { url: sink.url }
  })
  await call("POST", "/alert-rules", { name: "Down", condition: { trigger: "down" }, channelIds: [channel.id] })
  await call("POST", "/monitors", {
    name: "Labels",
    type: "http",
    settings: { url: `${target.url}/status/503` },
    intervalSeconds: 1
  })
  await until<ReadonlyArray<WithId>>("/notifications?status=failed", ({ length }) => length === 1)
  await workspace.enter(context)
  await page.goto("/alerts/log")
  await page.getByRole("link", { name: "1 message did not arrive in 24 hours." }).click()
  await expect(page).toHaveURL("/alerts/log?status=failed&since=24h")
  await page.getByRole("link", { name: /^Labels/ }).click()
  await expect(page.getByRole("heading", { level: 1, name: "#ops could not be told." })).toBeVisible()
  const ledger = page.getByRole("table", { name: "Attempts, in their order" })
  await expect(ledger.getByRole("row")).toHaveCount(2)
  await expect(ledger.getByText("nobody lives here")).toBeVisible()
  sink.status = 200
  await page.getByRole("button", { name: "Try again" }).click()
  await expect(page.getByText("#ops is told again now.")).toBeVisible()
  await until<ReadonlyArray<WithId>>("/notifications?status=sent", ({ length }) => length === 1)
  await page.reload()
  await expect(page.getByRole("heading", { level: 1, name: "#ops was told." })).toBeVisible()
  await expect(ledger.getByText("Arrived")).toBeVisible()
  expect(sink.received.map(({ type }) => type)).toEqual(["incident.opened"])
})

test("what is silenced is not told, and is told when the silence is ended", async ({
  page,
  context,
  workspace,
  sink,
  target
}) => {
  const { call, until } = workspace
  const channel = await call<WithId>("POST", "/alert-channels", {
    name: "#ops",
    type: "webhook",
    settings: { url: sink.url }
  })
  await call("POST", "/alert-rules", { name: "Down", condition: { trigger: "down" }, channelIds: [channel.id] })
  const monitor = await call<WithId>("POST", "/monitors", {
    name: "Labels",
    type: "http",
    settings: { url: target.url },
    intervalSeconds: 1
  })
  await workspace.enter(context)
  await page.goto(`/alerts/silences/new?matcher=monitor:equal:${monitor.id}`)
  await expect(page.getByLabel("Condition 1: value")).toHaveValue(monitor.id)
  await page.getByRole("button", { name: "Add condition" }).click()
  await page.getByLabel("Condition 2: what").selectOption("Severity")
  await page.getByLabel("Condition 2: value").selectOption("critical")
  await page.getByLabel("Why").fill("Deploy")
  await page.getByRole("button", { name: "Silence", exact: true }).click()
  await expect(page.getByRole("heading", { level: 1, name: "1 silence holds." })).toBeVisible()
  await expect(page.getByText("Labels, critical", { exact: true })).toBeVisible()

  target.status = 503
  await until<ReadonlyArray<{ reasons: ReadonlyArray<{ code: string }> }>>("/notifications", ([first]) =>
    (first?.reasons ?? []).some(({ code }) => code.includes("silence"))
  )
  expect(sink.received).toEqual([])
  await page.goto("/alerts/log")
  await expect(page.getByRole("row", { name: /Labels/ })).toContainText("Waiting")
  await page.goto("/alerts/silences")
  await page.getByRole("button", { name: /^End now/ }).click()
  await expect(page.getByRole("heading", { level: 1, name: "Nothing is silenced." })).toBeVisible()
  await until<ReadonlyArray<{ status: string }>>("/notifications", ([first]) => first?.status === "sent")
  expect(sink.received.map(({ type }) => type)).toEqual(["incident.opened"])
})

test.describe("without JS", () => {
  test.use({ javaScriptEnabled: false })

  test("a rule with limits is tried and kept, a silence of several conditions is made", async ({
    page,
    context,
    workspace,
    target
  }) => {
    await workspace.call("POST", "/monitors", { name: "Labels", type: "http", settings: { url: target.url } })
    await workspace.enter(context)
    await page.goto("/alerts/rules/new")
    await page.getByRole("button", { name: /^What happens: / }).click()
    await page.getByLabel(/It is degraded/).check()
    await page.getByLabel("Checks in a row").fill("5")
    await page.keyboard.press("Escape")
    await page.getByRole("button", { name: /Last 7 days/ }).click()
    await expect(
      page.getByRole("heading", { level: 1, name: "This rule would have paged nobody in 7 days." })
    ).toBeVisible()
    await expect(page.getByRole("button", { name: /^What happens: / })).toContainText("degraded in 5 checks in a row")
    await page.getByRole("button", { name: "Save rule" }).click()
    await expect(page.getByRole("link", { name: /^When any monitor is degraded in 5 checks/ })).toBeVisible()

    await page.goto("/alerts/silences/new")
    await page.getByRole("button", { name: "Add condition" }).click()
    await page.getByLabel("Condition 1: value").selectOption("Labels")
    await page.getByLabel("Condition 2: what").selectOption("Severity")
    await page.getByRole("button", { name: "Show what fits" }).click()
    await page.getByLabel("Condition 2: value").selectOption("warning")
    await page.getByLabel("Why").fill("Deploy")
    await page.getByRole("button", { name: "Silence", exact: true }).click()
    await expect(page.getByText("Labels, a warning", { exact: true })).toBeVisible()
    await page.getByRole("button", { name: /^End now/ }).click()
    await expect(page.getByRole("heading", { level: 1, name: "Nothing is silenced." })).toBeVisible()
  })
})
