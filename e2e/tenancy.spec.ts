import { expect, test } from "./fixtures.ts"

test("another workspace finds nothing at this one's addresses", async ({ page, context, furnished, vacant }) => {
  await vacant.enter(context)
  const { brokenMonitor, channel, incident, monitor, resolved, rule } = furnished
  const paths = [
    `/monitors/${monitor}`,
    `/monitors/${monitor}/edit`,
    `/monitors/${monitor}?delete`,
    `/monitors/${brokenMonitor}?at=0-99999999999999`,
    `/incidents/${incident}`,
    `/incidents/${resolved}`,
    `/alerts/channels/${channel}`,
    `/alerts/rules/${rule}`
  ]
  for (const path of paths) {
    const answer = await page.goto(path)
    expect(answer?.status(), path).toBe(404)
    await expect(page.getByRole("heading", { level: 1, name: "There is nothing at this address." })).toBeVisible()
    await expect(page.getByText(/Public site|Label printing|Checkout API|#payments-ops|Anything down/)).toHaveCount(0)
  }
  await page.goto("/monitors")
  await expect(page.getByRole("heading", { level: 1, name: "Nothing is watched yet." })).toBeVisible()
  await page.goto(`/incidents?monitor=${brokenMonitor}`)
  await expect(page.getByRole("heading", { level: 1, name: "Nothing is open." })).toBeVisible()
})

test("what another workspace has can be neither changed nor removed from here", async ({
  furnished,
  product,
  vacant
}) => {
  const send = (path: string, body: Record<string, string> = {}) =>
    fetch(`${product.url}${path}`, {
      method: "POST",
      headers: {
        cookie: `vinsight_session=${vacant.token}`,
        origin: product.url,
        "content-type": "application/x-www-form-urlencoded"
      },
      body: new URLSearchParams(body).toString(),
      redirect: "manual"
    })
  const { channel, incident, monitor, rule } = furnished
  const answers = await Promise.all([
    send(`/monitors/${monitor}?/pause`),
    send(`/monitors/${monitor}?/remove&delete`, { confirm: "Public site" }),
    send(`/incidents/${incident}?/acknowledge`),
    send(`/alerts/channels/${channel}?/remove&delete`, { confirm: "#payments-ops" }),
    send(`/alerts/rules/${rule}?/remove&delete`, { confirm: "Anything down" })
  ])
  expect(answers.map(({ status }) => status)).toEqual([404, 404, 404, 404, 404])
  expect(await furnished.call("GET", `/monitors/${monitor}`)).toMatchObject({ status: "up", paused: false })
  expect(await furnished.call("GET", `/incidents/${incident}`)).toMatchObject({ status: "open" })
})
