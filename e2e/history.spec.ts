/** Months of history on screen: the numbers are the API's, days lead to their checks, any stretch of time can be seen. */
import type { ListedMonitor } from "@v-insight/domain/api/Monitors"
import type { Day, Series, UptimeSpan } from "@v-insight/domain/model/History"
import { audit } from "./audit.ts"
import { expect, test } from "./fixtures.ts"
import { startWeb } from "./product.ts"
import { startGate } from "./servers.ts"
import type { Workspace } from "./workspace.ts"

/** As people write it: cut off, never rounded up. */
const share = (part: number, whole: number, digits: number): string =>
  part === whole ? "100" : (Math.floor((part * 100 * 10 ** digits) / whole) / 10 ** digits).toFixed(digits)
const judged = ({ degraded, down, up }: Day | UptimeSpan) => up + degraded + down
const uptime = (counts: Day | UptimeSpan) => `${share(judged(counts) - counts.down, judged(counts), 2)} %`
const seen = (counts: Day | UptimeSpan) => {
  const observed = judged(counts) + counts.maintenance
  return `${share(observed, observed + counts.unknown, 1)} %`
}
/** Three figures at most, in the unit that needs the fewest. */
const latency = (us: number | null): string => {
  if (us === null) return "–"
  const [value, unit] = us < 999_500 ? [us / 1000, "ms"] : [us / 1_000_000, "s"]
  return `${Number(value.toFixed(value >= 9.95 ? (unit === "ms" ? 0 : 1) : unit === "ms" ? 1 : 2))} ${unit}`
}
const plain = (text: string | null) => (text ?? "").replaceAll("\u00a0", " ").trim()

/** The one with the longest history. */
const oldest = async ({ call }: Workspace) =>
  (await call<ReadonlyArray<ListedMonitor>>("GET", "/monitors?search=Made up 7.1&include=history"))[0]!

test("the list shows what one call tells", async ({ page, context, past }) => {
  await past.enter(context)
  await page.goto("/monitors")
  const monitors = await past.call<ReadonlyArray<ListedMonitor>>("GET", "/monitors?include=history&perPage=100")
  const rows = page.locator("tbody tr:has(td)")
  await expect(rows).toHaveCount(100)
  for (const { history, name } of [monitors[0]!, monitors[50]!, monitors[99]!]) {
    const cells = rows.filter({ has: page.getByRole("link", { name, exact: true }) }).locator("td")
    expect(plain(await cells.nth(5).textContent())).toBe(share(history!.uptime30d!, 1, 2))
    expect(plain(await cells.nth(6).textContent())).toBe(share(history!.coverage30d!, 1, 1))
    expect(plain(await cells.nth(7).textContent())).toBe(latency(history!.p95_24h))
    const failing = history!.bars.filter(({ down }) => down > 0).length
    const bars = cells.nth(4).getByRole("img")
    if (failing > 0) await expect(bars).toHaveAccessibleName(new RegExp(`^30 days: ${failing} with failures`))
    expect(await bars.locator("path").count()).toBeLessThanOrEqual(5)
  }
  expect(await audit(page, "past-monitors")).toEqual([])
})

test("a page of 100 monitors is light", async ({ page, context, past }) => {
  await past.enter(context)
  const cdp = await context.newCDPSession(page)
  await cdp.send("Network.enable")
  let bytes = 0
  cdp.on("Network.loadingFinished", ({ encodedDataLength, requestId }) => {
    if (requestId === documentId) bytes = encodedDataLength
  })
  let documentId = ""
  cdp.on("Network.responseReceived", ({ requestId, type }) => {
    if (type === "Document") documentId = requestId
  })
  await page.goto("/monitors")
  await expect.poll(() => bytes).toBeGreaterThan(1000)
  process.stdout.write(`/monitors with 100 monitors: ${bytes} bytes of HTML, compressed\n`)
  expect(bytes).toBeLessThanOrEqual(60_000)
})

test("a monitor's figures are the API's", async ({ page, context, past }) => {
  const { createdAt, id } = await oldest(past)
  await past.enter(context)
  await page.goto(`/monitors/${id}?period=30d`)
  const spans = await past.call<ReadonlyArray<UptimeSpan>>("GET", `/monitors/${id}/uptime`)
  const table = page.getByRole("table", { name: "Figures by span" })
  for (const [index, span] of spans.entries()) {
    const row = table.locator("tbody tr").nth(index)
    const cells = (await row.locator("td:not(.mob)").allTextContents()).map(plain)
    expect(cells.slice(0, 6)).toEqual([
      uptime(span),
      seen(span),
      String(span.incidents),
      ...[span.p50Us, span.p95Us, span.p99Us].map(latency)
    ])
    const isYounger = Date.parse(createdAt) > Date.parse(span.from)
    expect(plain(await row.locator("th").textContent()).includes("since")).toBe(isYounger)
  }
  const days = await past.call<ReadonlyArray<Day>>("GET", `/monitors/${id}/days`)
  await expect(page.getByText(`${uptime(spans[3]!)} over 90 days, ${seen(spans[3]!)} of it observed.`)).toBeVisible()
  const [bars, latencies] = [page.locator("figure").nth(0), page.locator("figure").nth(1)]
  await bars.getByText("Show as table").click()
  const shown = await bars
    .locator("tbody tr")
    .evaluateAll((rows) =>
      rows.map((row) =>
        [...row.querySelectorAll("td")].map(({ textContent }) => textContent.replaceAll("\u00a0", " ").trim())
      )
    )
  expect(shown.map((cells) => cells.slice(2))).toEqual(
    days.map((day) => [uptime(day), seen(day), String(judged(day)), String(day.down)])
  )
  const to = new Date()
  const from = new Date(to.getTime() - 30 * 86_400_000)
  const series = await past.call<Series>(
    "GET",
    `/monitors/${id}/series?from=${from.toISOString()}&to=${to.toISOString()}&points=185`
  )
  await latencies.getByText("Show as table").click()
  await expect(latencies.locator("tbody tr")).toHaveCount(series.points.filter(({ p50Us }) => p50Us !== null).length)
  expect(await audit(page, "past-monitor-tables")).toEqual([])
})

test("a day leads to its checks, by pointer and by keyboard", async ({ page, context, past }) => {
  const { id } = await oldest(past)
  const days = await past.call<ReadonlyArray<Day>>("GET", `/monitors/${id}/days`)
  const index = days.findLastIndex(({ down }, at) => down > 0 && at < days.length - 1)
  const day = days[index]!
  await past.enter(context)
  await page.goto(`/monitors/${id}`)
  const bars = page.getByRole("group", { name: /^Days/ })
  await bars.locator(`a[href*="day=${day.date}"]`).click()
  await expect(page).toHaveURL(new RegExp(`\\?day=${day.date}#checks$`))
  const checks = page.getByRole("table", { name: "Checks, newest first" })
  await expect(page.getByRole("heading", { name: /^Checks of / })).toBeVisible()
  const times = () =>
    checks.locator("time").evaluateAll((all) => all.map((time) => time.getAttribute("datetime") ?? ""))
  expect((await times()).every((at) => at.startsWith(day.date))).toBe(true)
  await page.getByRole("link", { name: "Older" }).click()
  await expect(page).toHaveURL(/cursor=/)
  expect((await times()).every((at) => at.startsWith(day.date))).toBe(true)
  await page.getByRole("link", { name: "Failed", exact: true }).click()
  await expect(page).toHaveURL(/only=down/)
  await expect(checks.locator("tbody tr")).toHaveCount(Math.min(25, day.down))
  expect(await audit(page, "past-monitor-day")).toEqual([])
  await page.getByRole("link", { name: "Show the newest" }).click()
  await expect(page).toHaveURL(new RegExp(`/monitors/${id}$`))

  const today = bars.locator("a").last()
  await today.focus()
  await page.keyboard.press("ArrowLeft")
  await page.keyboard.press("Enter")
  await expect(page).toHaveURL(new RegExp(`day=${days.at(-2)!.date}`))
})

test("any stretch of time is in the URL", async ({ page, context, past }) => {
  const { id } = await oldest(past)
  await past.enter(context)
  await page.goto(`/monitors/${id}`)
  const chart = page.locator("figure").nth(1)
  await page.getByRole("link", { name: "1 y", exact: true }).click()
  await expect(page).toHaveURL(/\?period=1y$/)
  await expect(chart).toContainText("365 days.")
  expect(await audit(page, "past-monitor-year")).toEqual([])

  await page.setViewportSize({ width: 1280, height: 900 })
  const area = chart.locator(".area")
  await expect(area).toHaveCSS("cursor", "crosshair")
  await area.scrollIntoViewIfNeeded()
  const box = (await area.boundingBox())!
  await page.mouse.move(box.x + box.width * 0.8, box.y + 20)
  await page.mouse.down()
  await page.mouse.move(box.x + box.width * 0.9, box.y + 20, { steps: 4 })
  await page.mouse.up()
  await expect(page).toHaveURL(/\?from=.*&to=/)
  const { searchParams } = new URL(page.url())
  const length = Date.parse(searchParams.get("to")!) - Date.parse(searchParams.get("from")!)
  const { createdAt } = await past.call<ListedMonitor>("GET", `/monitors/${id}`)
  expect(length / (Date.now() - Date.parse(createdAt))).toBeCloseTo(0.1, 1)
  await page.getByText("Other", { exact: true }).click()
  await expect(page.getByRole("textbox", { name: "From" })).toHaveValue(/^\d{4}-\d\d-\d\dT\d\d:\d\d$/)
  expect(await audit(page, "past-monitor-other")).toEqual([])

  await page.goto(`/monitors/${id}?from=2030-01-01T00:00&to=never`)
  await expect(page.getByText("This is no stretch of time", { exact: false })).toBeVisible()
})

test("the workspace has an overview", async ({ page, context, past }) => {
  const board = await past.call<{ uptime30d: { uptime: number }; slowest: ReadonlyArray<{ name: string }> }>(
    "GET",
    "/dashboard"
  )
  await past.enter(context)
  await page.goto("/monitors")
  await page.getByRole("link", { name: "Overview" }).click()
  const row = page.getByRole("row", { name: /^30 days/ })
  await expect(row).toContainText(`${share(board.uptime30d.uptime, 1, 2)}\u00a0%`)
  const slowest = page.getByRole("table", { name: "Slowest, 24 hours" }).getByRole("link")
  expect((await slowest.allTextContents()).sort()).toEqual(board.slowest.map(({ name }) => name).sort())
  expect(await audit(page, "past-overview")).toEqual([])
})

test("what cannot be read is told in place, and read again", async ({ browser, past }) => {
  const { id } = await oldest(past)
  const gate = await startGate(past.url)
  const web = await startWeb({ VINSIGHT_API_URL: gate.url })
  const context = await browser.newContext()
  await context.addCookies([{ name: "vinsight_session", value: past.token, url: web.url }])
  const page = await context.newPage()
  gate.isRefused = (path) => /series|uptime|heatmap|dashboard|stream/.test(path)
  await page.goto(`${web.url}/monitors/${id}`)
  await expect(page.getByText("The latencies could not be read. The database is not reachable.")).toBeVisible()
  await expect(page.getByText(/^Request \S+/).first()).toBeVisible()
  // What can be read is there.
  await expect(page.locator("figure").first()).toContainText("over 90 days")
  await expect(page.getByRole("table", { name: "Checks, newest first" })).toBeVisible()
  expect(await audit(page, "past-monitor-partly")).toEqual([])
  await page.goto(`${web.url}/overview`)
  await expect(page.getByText("The history could not be read. The database is not reachable.")).toBeVisible()
  gate.isRefused = (path) => path.includes("stream")
  await page.getByRole("link", { name: "Retry" }).click()
  await expect(page.getByRole("table", { name: "Figures of all monitors together" })).toBeVisible()
  await context.close()
  web.signal()
  expect(await web.exited).toBe(0)
  await gate.close()
})

test.describe("without JS", () => {
  test.use({ javaScriptEnabled: false })

  test("history is read, filtered and zoomed", async ({ page, context, past }) => {
    const { id } = await oldest(past)
    await past.enter(context)
    await page.goto("/monitors")
    await page.getByRole("link", { name: "Overview" }).click()
    await expect(page.getByRole("table", { name: "Figures of all monitors together" })).toBeVisible()
    await page.goto(`/monitors/${id}`)
    await expect(page.locator("figure")).toHaveCount(4)
    await page.getByText("Show as table").first().click()
    await page.locator("figure tbody").first().getByRole("link").last().click()
    await expect(page.getByRole("heading", { name: /^Checks of / })).toBeVisible()
    await page.getByText("Other", { exact: true }).click()
    await page.getByRole("textbox", { name: "From" }).fill("2026-11-01T00:00")
    await page.getByRole("textbox", { name: "To" }).fill("")
    await page.getByRole("button", { name: "Show" }).click()
    await expect(page).toHaveURL(/day=.*from=2026-11-01T00%3A00&to=$/)
    await expect(page.locator("figure").nth(1)).toContainText("1 Nov, 00:00 to ")
    await expect(page.getByRole("heading", { name: /^Checks of / })).toBeVisible()
  })
})
