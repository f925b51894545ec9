import type { Page } from "@playwright/test"
import { expect, test } from "./fixtures.ts"

const heading = (page: Page, name: string | RegExp) => page.getByRole("heading", { level: 1, name })

test("somebody is put on call, gaps are told, and an escalation reads back as a sentence", async ({
  page,
  context,
  workspace,
  sink
}) => {
  await workspace.call("POST", "/alert-channels", { name: "Phone", type: "webhook", settings: { url: sink.url } })
  await workspace.enter(context)
  await page.goto("/alerts/on-call")
  await expect(heading(page, "Nobody is on call.")).toBeVisible()
  await page.getByRole("link", { name: "Add a schedule" }).click()
  await page.getByLabel("Name", { exact: true }).fill("Primary")
  await page.getByLabel("Time zone").fill("Europe/Berlin")
  await page.getByLabel("The first turn begins").fill("2026-01-05T09:00")
  await page.getByText("Only at some hours").click()
  for (const day of ["Mon", "Tue", "Wed", "Thu", "Fri", "Sun"]) await page.getByLabel(day).check()
  await page.getByRole("button", { name: "Save schedule" }).click()
  // On Saturdays there is nobody.
  await expect(page.getByText(/^Nobody is on call .*Sat .*, 00:00 to Sun/)).toBeVisible()
  await page.getByLabel(/^Date and time/).fill("2030-03-16T12:00")
  await page.getByRole("button", { name: "Tell me" }).click()
  await expect(page.getByText(/^On Sat 16 Mar, 12:00 nobody is paged\./)).toBeVisible()
  await page.getByLabel("From").fill("2030-03-16T00:00")
  await page.getByLabel("To", { exact: true }).fill("2030-03-17T00:00")
  await page.getByRole("button", { name: "Stand in" }).click()
  await expect(page.getByText("They stand in.")).toBeVisible()
  await page.getByLabel(/^Date and time/).fill("2030-03-16T12:00")
  await page.getByRole("button", { name: "Tell me" }).click()
  await expect(page.getByText(`On Sat 16 Mar, 12:00 ${workspace.email} is paged.`)).toBeVisible()

  await page.goto("/alerts/on-call")
  await expect(page.getByText("nothing yet: an escalation does not reach them")).toBeVisible()
  await page.getByRole("link", { name: /^Change how/ }).click()
  await page.getByLabel("Phone").check()
  await page.getByRole("button", { name: "Save" }).click()
  await expect(page).toHaveURL(/\/alerts\/on-call$/)
  await expect(page.getByRole("button", { name: "Save" })).toHaveCount(0)
  await expect(page.getByRole("row", { name: new RegExp(workspace.email) })).toContainText("Phone")

  await page.getByRole("link", { name: "Escalation" }).click()
  await page.getByRole("link", { name: "Add an escalation" }).click()
  await page.getByLabel("Name", { exact: true }).fill("Payments")
  await page.getByLabel("Tell", { exact: true }).selectOption("Whoever is on call in Primary")
  await page.getByRole("button", { name: "Add step" }).click()
  await expect(page.getByLabel("Minutes after the step before")).toBeFocused()
  await page.getByLabel("Tell", { exact: true }).last().selectOption("Phone")
  await page.getByRole("button", { name: "Tell another in step 2" }).click()
  await page.getByLabel("and", { exact: true }).selectOption(workspace.email)
  await page.getByRole("button", { name: "Save escalation" }).click()
  await expect(
    page.getByText(
      `After 5 minutes tell whoever is on call in Primary, then after 10 minutes more tell Phone and ${workspace.email}.`
    )
  ).toBeVisible()
  await page.getByRole("link", { name: "Payments" }).click()
  await page.getByRole("link", { name: "Delete" }).click()
  await page.getByLabel("Confirmation").fill("Payments")
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click()
  await page.getByRole("button", { name: /^Undo/ }).click()
  await expect(heading(page, "1 policy tells others if nobody reacts.")).toBeVisible()
})

test.describe("without JS", () => {
  test.use({ javaScriptEnabled: false })

  test("steps and layers come, go and change places", async ({ page, context, workspace, sink }) => {
    for (const name of ["First", "Second"])
      await workspace.call("POST", "/alert-channels", { name, type: "webhook", settings: { url: sink.url } })
    await workspace.enter(context)
    await page.goto("/alerts/escalation/new")
    await page.getByLabel("Name", { exact: true }).fill("Nights")
    await page.getByRole("button", { name: "Save escalation" }).click()
    await expect(page.locator("[aria-invalid=true]").first()).toBeVisible()
    await page.getByLabel("Tell", { exact: true }).selectOption("First")
    await page.getByRole("button", { name: "Add step" }).click()
    await expect(page.getByLabel("Name", { exact: true })).toHaveValue("Nights")
    await page.getByLabel("Tell", { exact: true }).last().selectOption("Second")
    await page.getByRole("button", { name: "Up step 2" }).click()
    await page.getByRole("button", { name: "Save escalation" }).click()
    await expect(page.getByText("After 10 minutes tell Second, then after 5 minutes more tell First.")).toBeVisible()

    await page.goto("/alerts/on-call/new")
    await page.getByLabel("Name", { exact: true }).fill("Primary")
    await page.getByRole("button", { name: "Add layer" }).click()
    await page.getByLabel("First", { exact: true }).last().selectOption(workspace.email)
    await page.getByLabel("Name of the layer").last().fill("Nights")
    await page.getByRole("button", { name: "Remove layer 1" }).click()
    await page.getByRole("button", { name: "Save schedule" }).click()
    await expect(heading(page, `${workspace.email} is on call.`)).toBeVisible()
    await expect(page.getByText("Somebody is on call at all times in the next two weeks.")).toBeVisible()
    await page.getByText("Show as table").click()
    await expect(page.locator("figure table")).toContainText("Nights")
  })
})
