/** What browser tests stand on: the product (one for all), workspaces, a target, a webhook sink, and what went wrong. */
import { test as base, expect, type Page } from "@playwright/test"
import { furnish, type Furnished } from "./furnish.ts"
import { type Product, startProduct } from "./product.ts"
import { type Sink, startSink, startTarget, type Target } from "./servers.ts"
import { register, type Workspace } from "./workspace.ts"

interface Own {
  readonly target: Target
  readonly sink: Sink
  /** Made for this test, and empty. */
  readonly workspace: Workspace
  /** What the browser complained of; a test that finds something here fails. */
  readonly problems: ReadonlyArray<string>
}

interface Shared {
  readonly product: Product
  /** A workspace in which every state is to be seen. Tests look at it and change nothing. */
  readonly furnished: Furnished
  /** A workspace of monitors with months of made-up history. Tests look at it and change nothing. */
  readonly past: Workspace
  /** A workspace with nothing in it, to look at. */
  readonly vacant: Workspace
}

export const test = base.extend<Own, Shared>({
  product: [
    // oxlint-disable-next-line no-empty-pattern -- Playwright reads the fixtures' names from this pattern
    async ({}, use) => {
      const product = await startProduct()
      await use(product)
      await product.stop()
    },
    { scope: "worker", timeout: 240_000 }
  ],
  furnished: [
    async ({ product }, use) => {
      const [target, sink] = await Promise.all([startTarget(), startSink()])
      await use(await furnish(await register(product.url), target, sink))
      await Promise.all([target.close(), sink.close()])
    },
    { scope: "worker", timeout: 120_000 }
  ],
  past: [
    async ({ product }, use) => {
      const workspace = await register(product.url)
      await product.loadHistory(workspace.email, { monitors: 100, days: 40, interval: 3600, seed: 5 })
      await product.loadHistory(workspace.email, { monitors: 2, days: 100, interval: 300, seed: 7 })
      await use(workspace)
    },
    { scope: "worker", timeout: 240_000 }
  ],
  vacant: [async ({ product }, use) => use(await register(product.url)), { scope: "worker" }],
  page: async ({ page, javaScriptEnabled }, use) => {
    if (javaScriptEnabled ?? true) waitUntilAlive(page)
    await use(page)
  },
  baseURL: async ({ product }, use) => use(product.url),
  // oxlint-disable-next-line no-empty-pattern -- Playwright reads the fixtures' names from this pattern
  target: async ({}, use) => {
    const target = await startTarget()
    await use(target)
    await target.close()
  },
  // oxlint-disable-next-line no-empty-pattern -- Playwright reads the fixtures' names from this pattern
  sink: async ({}, use) => {
    const sink = await startSink()
    await use(sink)
    await sink.close()
  },
  workspace: async ({ product }, use) => use(await register(product.url)),
  problems: [
    async ({ page, product }, use) => {
      const problems = listenToProblems(page, product.url)
      await use(problems)
      expect(problems).toEqual([])
    },
    { auto: true }
  ]
})

/** A page that has only been painted does not hear what is done on it yet. */
const waitUntilAlive = (page: Page) => {
  const goto = page.goto.bind(page)
  page.goto = async (...address) => {
    const response = await goto(...address)
    if (response?.headers()["content-type"]?.startsWith("text/html") ?? false)
      await page.locator("html[data-alive]").waitFor({ state: "attached" })
    return response
  }
}

/**
 * Errors of scripts, violations of the content security policy, assets that do not come, answers that are the server's
 * own fault, and answers that would let another site read them. Pages that are refused on purpose are no problem.
 */
const listenToProblems = (page: Page, origin: string): ReadonlyArray<string> => {
  const problems: Array<string> = []
  const isAsset = new Set(["script", "stylesheet", "font", "image"])
  page.on("pageerror", (error) => problems.push(String(error.stack)))
  page.on("console", (message) => {
    if (message.type() === "error" && !message.text().startsWith("Failed to load resource"))
      problems.push(message.text())
  })
  page.on("response", (response) => {
    const url = response.url()
    if (!url.startsWith(origin)) return
    const status = response.status()
    const type = response.request().resourceType()
    if (status >= 500 || (status >= 400 && isAsset.has(type))) problems.push(`${status} from ${url}`)
    const open = Object.keys(response.headers()).filter((name) => name.startsWith("access-control-"))
    if (open.length > 0) problems.push(`${open.join(", ")} from ${url}`)
  })
  return problems
}

export { expect }
