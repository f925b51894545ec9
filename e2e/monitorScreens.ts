/** The list of monitors, and one monitor. */
import { expect } from "@playwright/test"
import { alive, at, button, type Screen } from "./screen.ts"

export const monitors: ReadonlyArray<Screen> = [
  at("furnished", "monitors", "/monitors"),
  at("furnished", "overview", "/overview"),
  at("vacant", "overview-empty", "/overview"),
  at("furnished", "monitors-down", "/monitors?status=down"),
  at("furnished", "monitors-tagged", "/monitors?tag=eu"),
  at("furnished", "monitors-none", "/monitors?q=nothing-like-this"),
  at("furnished", "monitors-tags", "/monitors", async (page) => {
    await button(page, "Tag").click()
    await expect(page.getByRole("link", { name: "warehouse" }).first()).toBeVisible()
  }),
  at("furnished", "monitors-selected", "/monitors", async (page) => {
    await alive(page)
    await page.getByLabel("Select Public site").check()
    await expect(page.getByText("1 selected")).toBeVisible()
  }),
  at("furnished", "monitors-delete", "/monitors", async (page) => {
    await page.getByLabel("Select Public site").check()
    await button(page, "Delete").click()
    await expect(page.getByRole("dialog")).toBeVisible()
  })
]

export const one: ReadonlyArray<Screen> = [
  at("furnished", "monitor", ({ monitor }) => `/monitors/${monitor}`),
  at("furnished", "monitor-week", ({ monitor }) => `/monitors/${monitor}?period=7d`),
  at("furnished", "monitor-down", ({ brokenMonitor }) => `/monitors/${brokenMonitor}`),
  at(
    "furnished",
    "monitor-tables",
    ({ brokenMonitor }) => `/monitors/${brokenMonitor}`,
    async (page) => {
      for (const summary of await page.getByText("Show as table").all()) await summary.click()
      await expect(page.locator("figure table").first()).toBeVisible()
    }
  ),
  at(
    "furnished",
    "monitor-older",
    ({ monitor }) => `/monitors/${monitor}`,
    async (page) => {
      await page.getByRole("link", { name: "Older" }).click()
      await expect(page.getByRole("link", { name: "Newest" })).toBeVisible()
    }
  ),
  at(
    "furnished",
    "monitor-tested",
    ({ brokenMonitor }) => `/monitors/${brokenMonitor}`,
    async (page) => {
      await button(page, "Test now").click()
      await expect(page.getByText("It fails.")).toBeVisible()
    }
  ),
  at("furnished", "monitor-delete", ({ monitor }) => `/monitors/${monitor}?delete`),
  at(
    "furnished",
    "monitor-delete-mistyped",
    ({ monitor }) => `/monitors/${monitor}?delete`,
    async (page) => {
      await page.getByLabel("Confirmation").fill("Public")
      await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click()
      await expect(page.getByText("This is not “Public site”.")).toBeVisible()
    }
  )
]
