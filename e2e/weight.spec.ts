/** What each page costs a browser that has never been here: bytes compressed with gzip, and how much it jumps. */
import type { Page, Response } from "@playwright/test"
import { gzipSync } from "node:zlib"
import { expect, test } from "./fixtures.ts"
import { alive } from "./screen.ts"

const kb = 1000
const limits = { list: 60 * kb, detail: 75 * kb, form: 90 * kb, styles: 15 * kb, layoutShift: 0.02 }
type Kind = "list" | "detail" | "form"

/** Every script that the page names has come; the app's pages also say when they are alive. */
const loaded = async (page: Page, isApp: boolean) => {
  if (isApp) await alive(page)
  await page.waitForFunction(() => {
    const come = new Set(performance.getEntriesByType("resource").map(({ name }) => name))
    return [...document.querySelectorAll<HTMLLinkElement>("link[rel=modulepreload]")].every(({ href }) =>
      come.has(href)
    )
  })
}

const layoutShift = (page: Page) =>
  page.evaluate(
    () =>
      new Promise<number>((resolve) => {
        let sum = 0
        new PerformanceObserver((list) => {
          for (const entry of list.getEntries()) sum += (entry as unknown as { value: number }).value
        }).observe({ type: "layout-shift", buffered: true })
        requestAnimationFrame(() => requestAnimationFrame(() => resolve(sum)))
      })
  )

test("pages stay light", async ({ browser, furnished, product }) => {
  test.setTimeout(240_000)
  const { channel, delivery, incident, job, monitor, policy, rule, schedule, window } = furnished
  const pages: ReadonlyArray<readonly [Kind, string, "as nobody"?]> = [
    ["form", "/login", "as nobody"],
    ["form", "/register", "as nobody"],
    ["form", "/welcome"],
    ["list", "/monitors"],
    ["list", "/overview"],
    ["detail", `/monitors/${monitor}`],
    ["detail", `/monitors/${job}`],
    ["form", "/monitors/new"],
    ["form", "/monitors/new?type=steps"],
    ["form", `/monitors/${monitor}/edit`],
    ["list", "/incidents"],
    ["detail", `/incidents/${incident}`],
    ["list", "/alerts/rules"],
    ["form", `/alerts/rules/${rule}`],
    ["list", "/alerts/channels"],
    ["form", `/alerts/channels/${channel}`],
    ["form", "/alerts/channels/new?type=email"],
    ["list", "/alerts/log"],
    ["detail", `/alerts/log/${delivery}`],
    ["list", "/alerts/silences"],
    ["list", "/alerts/escalation"],
    ["form", `/alerts/escalation/${policy}`],
    ["list", "/alerts/on-call"],
    ["detail", `/alerts/on-call/${schedule}`],
    ["form", `/alerts/on-call/${schedule}/edit`],
    ["list", "/maintenance"],
    ["list", "/maintenance?view=calendar"],
    ["form", `/maintenance/${window}`],
    ["form", "/alerts/silences/new"],
    ["form", "/settings"]
  ]
  const tooHeavy: Array<string> = []
  for (const [kind, path, nobody] of pages) {
    const context = await browser.newContext({ baseURL: product.url })
    if (nobody === undefined) await furnished.enter(context)
    const page = await context.newPage()
    const responses: Array<Response> = []
    page.on("response", (response) => responses.push(response))
    await page.goto(path)
    await loaded(page, nobody === undefined && path !== "/welcome")
    const bytes = { script: 0, stylesheet: 0, document: 0 }
    for (const response of responses) {
      const type = response.request().resourceType()
      if (type in bytes) bytes[type as keyof typeof bytes] += gzipSync(await response.body()).length
    }
    const shift = await layoutShift(page)
    const sizes = Object.entries(bytes).map(([type, size]) => `${type} ${(size / kb).toFixed(1)} KB`)
    const figures = `${path.replace(/[\w-]{36}/, "[id]")}: ${sizes.join(", ")}, layout shift ${shift.toFixed(4)}`
    process.stdout.write(`${figures}\n`)
    if (bytes.script > limits[kind] || bytes.stylesheet > limits.styles || shift > limits.layoutShift)
      tooHeavy.push(figures)
    await context.close()
  }
  expect(tooHeavy).toEqual([])
})
