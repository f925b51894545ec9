import { audit } from "./audit.ts"
import { expect, test } from "./fixtures.ts"

test.use({ javaScriptEnabled: false })

test("the link in a message shows what it is about and acknowledges with one button, signed in or not", async ({
  browser,
  page,
  product,
  workspace,
  target,
  sink
}) => {
  const { id } = await workspace.call<{ id: string }>("POST", "/alert-channels", {
    name: "Pager",
    type: "webhook",
    settings: { url: sink.url }
  })
  await workspace.call("POST", "/alert-rules", { name: "All", condition: { trigger: "down" }, channelIds: [id] })
  await workspace.call("POST", "/monitors", {
    name: "Checkout",
    type: "http",
    settings: { url: `${target.url}/status/503` },
    intervalSeconds: 1
  })
  const opened = () => sink.received.find(({ type }) => type === "incident.opened")
  await expect.poll(opened, { timeout: 60_000 }).toBeDefined()
  const links = opened()?.links
  expect(links?.incident).toMatch(/^https:\/\/status\.example\/incidents\/[0-9a-f-]{36}$/)
  const path = links?.acknowledge?.replace("https://status.example", "") ?? ""

  const answer = await page.goto(`${product.url}${path}`)
  expect(answer?.headers()["x-robots-tag"]).toBe("noindex")
  await expect(page.getByRole("heading", { name: "Checkout is down." })).toBeVisible()
  expect(await page.content()).not.toContain("<script")
  // What judges pages is a script.
  const other = await browser.newContext({ javaScriptEnabled: true })
  const judged = await other.newPage()
  await judged.goto(`${product.url}${path}`)
  expect(await audit(judged, "acknowledge")).toEqual([])
  await other.close()
  // Whoever only looks changes nothing.
  await page.reload()
  await page.getByRole("button", { name: "Acknowledge" }).click()
  await expect(page.getByRole("status")).toContainText("nobody else is asked")
  await expect(page.getByRole("button")).toHaveCount(0)

  const [found] = await workspace.call<ReadonlyArray<{ status: string }>>("GET", "/incidents")
  expect(found?.status).toBe("acknowledged")

  const forged = await page.goto(`${product.url}${path.slice(0, -4)}AAAA`)
  expect(forged?.status()).toBe(200)
  await expect(page.getByRole("heading", { name: "Nothing to acknowledge." })).toBeVisible()
  await expect(page.getByText("This link has expired or leads nowhere.")).toBeVisible()
})
