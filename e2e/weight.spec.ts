/** What each page costs a browser that has never been here: bytes as they travel, compressed. */
import { expect, test } from "./fixtures.ts"
import { furnish, pagesOf } from "./furnish.ts"

const kib = 1024
const lists = 60 * kib
const details = 75 * kib
const forms = 90 * kib
const styles = 15 * kib
const budgets: Readonly<Record<string, number>> = {
  monitors: lists,
  incidents: lists,
  rules: lists,
  channels: lists,
  monitor: details,
  incident: details,
  "monitor-new": forms,
  "monitor-edit": forms,
  rule: forms,
  channel: forms,
  settings: forms,
  welcome: forms
}

test("pages stay light", async ({ browser, workspace, target, sink, product }) => {
  test.setTimeout(240_000)
  const pages = pagesOf(await furnish(workspace, target, sink))
  const lines: Array<string> = []
  const tooHeavy: Array<string> = []
  for (const [name, budget] of Object.entries(budgets)) {
    const context = await browser.newContext()
    await workspace.enter(context)
    const page = await context.newPage()
    const weighed = { script: 0, stylesheet: 0, document: 0, font: 0 }
    page.on("requestfinished", async (request) => {
      const type = request.resourceType() as keyof typeof weighed
      if (type in weighed) weighed[type] += (await request.sizes()).responseBodySize
    })
    await page.goto(`${product.url}${pages[name]}`, { waitUntil: "load" })
    await expect(page.getByText(/^(Live,|Skip for now)/).first()).toBeVisible()
    await page.waitForLoadState("load")
    const shift = await page.evaluate(
      () =>
        new Promise<number>((resolve) => {
          let sum = 0
          new PerformanceObserver((list) => {
            for (const entry of list.getEntries()) sum += (entry as unknown as { value: number }).value
          }).observe({ type: "layout-shift", buffered: true })
          requestAnimationFrame(() => requestAnimationFrame(() => resolve(sum)))
        })
    )
    const { script, stylesheet, document } = weighed
    const figures = `${name}: script ${script}, style ${stylesheet}, document ${document} bytes, layout shift ${shift.toFixed(4)}`
    lines.push(figures)
    if (script > budget || stylesheet > styles || shift > 0.02) tooHeavy.push(figures)
    await context.close()
  }
  process.stdout.write(`\n${lines.join("\n")}\n`)
  expect(tooHeavy).toEqual([])
})
