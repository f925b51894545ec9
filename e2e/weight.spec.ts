/** What each page costs a browser that has never been here: bytes compressed with gzip, and how much it jumps. */
import type { Response } from "@playwright/test"
import { gzipSync } from "node:zlib"
import { expect, test } from "./fixtures.ts"
import { furnish, pagesOf } from "./furnish.ts"

const kb = 1000
const lists = 60 * kb
const details = 75 * kb
const forms = 90 * kb
const styles = 15 * kb
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
    const responses: Array<Response> = []
    page.on("response", (response) => responses.push(response))
    await page.goto(`${product.url}${pages[name]}`, { waitUntil: "load" })
    await expect(page.getByText(/^(Live,|Skip for now)/).first()).toBeVisible()
    const weigh = async (type: string) => {
      const wanted = responses.filter((response) => response.request().resourceType() === type)
      const bodies = await Promise.all(wanted.map((response) => response.body()))
      return bodies.reduce((sum, body) => sum + gzipSync(body).length, 0)
    }
    const [script, stylesheet, document] = [await weigh("script"), await weigh("stylesheet"), await weigh("document")]
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
    const figures = `${name}: script ${script}, style ${stylesheet}, document ${document} bytes, layout shift ${shift.toFixed(4)}`
    lines.push(figures)
    if (script > budget || stylesheet > styles || shift > 0.02) tooHeavy.push(figures)
    await context.close()
  }
  process.stdout.write(`\n${lines.join("\n")}\n`)
  expect(tooHeavy).toEqual([])
})
