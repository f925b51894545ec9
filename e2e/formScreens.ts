/** Forms of monitors of several kinds. */
import { expect, type Page } from "@playwright/test"
import { at, button, type Screen } from "./screen.ts"

const unfold = async (page: Page) => {
  for (const fold of await page.locator("form summary").all()) await fold.click()
}

/** As it is filled in, whatever the kind. */
const kinds: ReadonlyArray<Screen> = ["dns", "tcp", "steps", "heartbeat"].map((type) =>
  at("furnished", `monitor-new-${type}`, `/monitors/new?type=${type}`, unfold)
)

export const forms: ReadonlyArray<Screen> = [
  at("furnished", "monitor-paused", ({ pausedMonitor }) => `/monitors/${pausedMonitor}`),
  at("furnished", "monitor-new", "/monitors/new"),
  at("furnished", "monitor-new-refused", "/monitors/new", async (page) => {
    for (const fold of await page.locator("summary").all()) await fold.click()
    await page.getByLabel("URL").fill("nonsense://")
    await button(page, "Watch this").click()
    await expect(page.getByText(/Write a whole URL/)).toBeVisible()
  }),
  at("furnished", "monitor-edit", ({ monitor }) => `/monitors/${monitor}/edit`),
  at(
    "furnished",
    "monitor-edit-tested",
    ({ monitor }) => `/monitors/${monitor}/edit`,
    async (page) => {
      await button(page, "Test now").click()
      await expect(page.getByText("It works.")).toBeVisible()
    }
  ),
  at(
    "furnished",
    "monitor-new-assertions",
    ({ target }) => `/monitors/new?url=${encodeURIComponent(`${target}/health`)}`,
    async (page) => {
      await page.getByRole("heading", { name: "Assertions" }).click()
      await button(page, "Test now").click()
      await page.getByRole("button", { name: "Status is 200" }).click()
      await page.getByRole("button", { name: "$.status is ok" }).click()
      await page.getByLabel("Assertion 2: expected").fill("failing")
      await button(page, "Test now").click()
      await expect(page.getByText("Not met").first()).toBeVisible()
      await page.getByText("Response", { exact: false }).last().click()
    }
  ),
  at("furnished", "monitor-edit-sealed", ({ sealedMonitor }) => `/monitors/${sealedMonitor}/edit`, unfold),
  at("furnished", "monitor-new-curl", "/monitors/new", async (page) => {
    await page.getByText("Paste a curl command").click()
    await page.getByLabel("Command").fill("curl -b sid=1 -d hello https://api.example/orders")
    await button(page, "Take it over").click()
    await expect(page.getByText(/-b is not taken over/)).toBeVisible()
  }),
  at(
    "furnished",
    "monitor-job",
    ({ job }) => `/monitors/${job}`,
    async (page) => {
      await page.getByText("How to call it").click()
      await page.getByText("What it sent").click()
    }
  ),
  at("furnished", "missing", "/monitors/none"),
  ...kinds
]
