/** What browser tests stand on: the product (one for all), a workspace of their own, a target and a webhook sink. */
import { test as base, type BrowserContext, expect } from "@playwright/test"
import { type Product, startProduct } from "./product.ts"
import { type Sink, startSink, startTarget, type Target } from "./servers.ts"

export const password = "correct horse battery"
let accounts = 0

export const newEmail = () => `mara-${process.pid}-${++accounts}@halyard-freight.example`

/** A signed-in workspace, by API. */
export interface Workspace {
  readonly email: string
  readonly call: <A>(method: string, path: string, body?: unknown) => Promise<A>
  /** Signs a browser in. */
  readonly enter: (context: BrowserContext) => Promise<void>
  /** Asks again until the answer is as wanted. */
  readonly until: <A>(path: string, isWanted: (data: A) => boolean) => Promise<A>
}

export const register = async (url: string): Promise<Workspace> => {
  const email = newEmail()
  const send = async <A>(token: string | undefined, method: string, path: string, body?: unknown): Promise<A> => {
    const response = await fetch(`${url}/api/v1${path}`, {
      method,
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { "content-type": "application/json" })
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) })
    })
    const { data, error } = (await response.json()) as { data: A; error: unknown }
    if (!response.ok) throw new Error(`${method} ${path}: ${JSON.stringify(error)}`)
    return data
  }
  const { token } = await send<{ token: string }>(undefined, "POST", "/auth/register", {
    email,
    password,
    tenantName: "Halyard Freight"
  })
  const call: Workspace["call"] = (method, path, body) => send(token, method, path, body)
  return {
    email,
    call,
    enter: (context) =>
      context.addCookies([
        { name: "vinsight_session", value: token, url, httpOnly: true, sameSite: "Lax" },
        { name: "vinsight_tz", value: "Europe/Berlin", url }
      ]),
    until: async <A>(path: string, isWanted: (data: A) => boolean) => {
      let last: A | undefined
      await expect
        .poll(
          async () => {
            last = await call<A>("GET", path)
            return isWanted(last)
          },
          { timeout: 30_000 }
        )
        .toBe(true)
      return last as A
    }
  }
}

export const test = base.extend<
  {
    readonly target: Target
    readonly sink: Sink
    readonly workspace: Workspace
    readonly problems: ReadonlyArray<string>
  },
  { readonly product: Product }
>({
  product: [
    // oxlint-disable-next-line no-empty-pattern -- Playwright reads the fixtures' names from this pattern
    async ({}, use) => {
      const product = await startProduct()
      await use(product)
      await product.stop()
    },
    { scope: "worker", timeout: 240_000 }
  ],
  baseURL: async ({ product }, use) => use(product.url),
  // oxlint-disable-next-line no-empty-pattern -- Playwright reads the fixtures' names from this pattern
  target: async ({}, use) => {
    const target = await startTarget()
    await use(target)
    target.close()
  },
  // oxlint-disable-next-line no-empty-pattern -- Playwright reads the fixtures' names from this pattern
  sink: async ({}, use) => {
    const sink = await startSink()
    await use(sink)
    sink.close()
  },
  workspace: async ({ product }, use) => use(await register(product.url)),
  /** What the browser complained of: errors of scripts, violations of the content security policy. */
  problems: [
    async ({ page }, use) => {
      const problems: Array<string> = []
      page.on("pageerror", (error) => problems.push(String(error.stack)))
      page.on("console", (message) => {
        if (message.type() === "error" && !/Failed to load resource/.test(message.text())) problems.push(message.text())
      })
      await use(problems)
      expect(problems).toEqual([])
    },
    { auto: true }
  ]
})

export { expect }
