import type { Page } from "@playwright/test"
import { expect, test } from "./fixtures.ts"
import type { Workspace } from "./workspace.ts"

interface Listed {
  readonly id: string
  readonly monitorName: string
}

const heading = (page: Page, name: string | RegExp) => page.getByRole("heading", { level: 1, name })

/** Two monitors of one tag that fail at once, and a channel that is told. */
const fail = async ({ call, until }: Workspace, target: string, sink: string) => {
  const channel = await call<{ id: string }>("POST", "/alert-channels", {
    name: "Ops",
    type: "webhook",
    settings: { url: sink }
  })
  const condition = { trigger: "down" }
  await call("POST", "/alert-rules", { name: "Down", condition, channelIds: [channel.id] })
  await call("POST", "/alert-rules", { name: "Late", condition, channelIds: [channel.id], delaySeconds: 600 })
  for (const name of ["Label printing", "Rates feed"])
    await call("POST", "/monitors", {
      name,
      type: "http",
      settings: { url: `${target}/status/503` },
      intervalSeconds: 1,
      tags: ["prod"]
    })
  const incidents = await until<ReadonlyArray<Listed>>("/incidents", ({ length }) => length === 2)
  const idOf = (name: string) => incidents.find(({ monitorName }) => monitorName === name)!.id
  const [label, rates] = [idOf("Label printing"), idOf("Rates feed")]
  for (const id of [label, rates])
    await until<ReadonlyArray<{ status: string }>>(`/incidents/${id}/notifications`, (told) =>
      told.some(({ status }) => status === "sent")
    )
  return { label, rates }
}

test("an incident says why it paged, and takes notes, an owner, a severity and another incident", async ({
  page,
  context,
  workspace,
  target,
  sink
}) => {
  const { label } = await fail(workspace, target.url, sink.url)
  await workspace.enter(context)
  await page.goto(`/incidents/${label}`)
  await expect(heading(page, /^Label printing has been down for/)).toBeVisible()
  const chain = page.locator("section", { has: page.getByRole("heading", { name: "Why did this page?" }) })
  await expect(chain.getByText(/tries in a row failed/)).toBeVisible()
  await expect(chain.getByText("Ops was told.", { exact: true })).toBeVisible()
  await expect(page.getByText("It opened together with 1 other: tag prod.")).toBeVisible()

  const timeline = page.locator("section", { has: page.getByRole("heading", { name: "Timeline" }) })
  await timeline.getByText(/failing checks?\./).click()
  await expect(timeline.getByText("The status is 503, expected 200-299.").last()).toBeVisible()
  await expect(timeline.getByRole("link", { name: /^Ops was told of it/ })).toHaveAttribute(
    "href",
    /^\/alerts\/log\/[\w-]{36}$/
  )
  await page.getByLabel("Note for the team").fill("Rolling back 4.18.")
  await page.keyboard.press("Enter")
  await expect(timeline.getByText("Rolling back 4.18.")).toBeVisible()
  await page.getByRole("link", { name: "Notes" }).click()
  await expect(timeline.getByRole("listitem")).toHaveCount(1)
  await page.getByRole("link", { name: "All", exact: true }).click()

  await page.getByRole("button", { name: "Change owner and severity" }).click()
  await page.getByLabel("Owner").selectOption(workspace.email)
  await page.getByLabel("Severity").selectOption("Warning")
  await page.getByRole("button", { name: "Save" }).click()
  await expect(page.getByText("you, warning")).toBeVisible()
  await expect(timeline.getByText(`${workspace.email} takes care of it.`)).toBeVisible()

  await page.getByRole("button", { name: "Merge" }).click()
  await page.getByLabel("Tell it as part of").selectOption({ index: 0 })
  await page.locator("#merge").getByRole("button", { name: "Merge" }).click()
  await expect(page.getByText("It is told as part of Rates feed.")).toBeVisible()
  await page.getByRole("button", { name: "Unmerge" }).click()
  await expect(page.getByText("It is told as part of Rates feed.")).toHaveCount(0)
  await expect(page.getByRole("link", { name: "Silence this" })).toHaveAttribute(
    "href",
    /^\/alerts\/silences\/new\?matcher=monitor:equal:[\w-]{36}$/
  )
  await page.keyboard.press("a")
  await expect(timeline.getByText("Acknowledged by you.")).toBeVisible()
  await page.keyboard.press("r")
  await expect(heading(page, /^Label printing was down for/)).toBeVisible()

  await page.goto("/incidents")
  await page.getByRole("link", { name: "Warning" }).click()
  await expect(page).toHaveURL(/severity=warning/)
  await expect(page.locator("a[data-row]")).toHaveCount(1)
  await page.getByRole("link", { name: "Flapping" }).click()
  await expect(page.getByText("No incident is like this.")).toBeVisible()
})

test.describe("without JS", () => {
  test.use({ javaScriptEnabled: false })

  test("an incident is read, noted, handed over and acknowledged", async ({
    page,
    context,
    workspace,
    target,
    sink
  }) => {
    const { rates } = await fail(workspace, target.url, sink.url)
    await workspace.enter(context)
    await page.goto(`/incidents/${rates}`)
    await expect(page.getByText("Ops was told.", { exact: true })).toBeVisible()
    await page.getByLabel("Note for the team").fill("Looking.")
    await page.getByRole("button", { name: "Add the note" }).click()
    await expect(page.getByText("Looking.")).toBeVisible()
    await page.getByRole("button", { name: "Change owner and severity" }).click()
    await page.getByLabel("Severity").selectOption("Info")
    await page.getByRole("button", { name: "Save" }).click()
    await expect(page.getByText("nobody's, info")).toBeVisible()
    await page.getByRole("button", { name: "Acknowledge" }).click()
    await expect(page.getByText("Acknowledged by you.")).toBeVisible()
  })
})
