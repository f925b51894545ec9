/** Incidents, planned work, escalation and who is on call. */
import { expect } from "@playwright/test"
import { at, button, type Screen } from "./screen.ts"

const incidents: ReadonlyArray<Screen> = [
  at("furnished", "incidents", "/incidents"),
  at("furnished", "incidents-resolved", "/incidents?status=resolved"),
  at("furnished", "incidents-of-one", ({ brokenMonitor }) => `/incidents?monitor=${brokenMonitor}`),
  at("furnished", "incidents-none", ({ monitor }) => `/incidents?status=open&monitor=${monitor}`),
  at("furnished", "incidents-critical", "/incidents?severity=critical&trigger=down"),
  at("furnished", "incident", ({ incident }) => `/incidents/${incident}`),
  at("furnished", "incident-acknowledged", ({ acknowledged }) => `/incidents/${acknowledged}`),
  at("furnished", "incident-resolved", ({ resolved }) => `/incidents/${resolved}`),
  at("furnished", "incident-notes", ({ acknowledged }) => `/incidents/${acknowledged}?show=notes`),
  at(
    "furnished",
    "incident-hands",
    ({ acknowledged }) => `/incidents/${acknowledged}`,
    async (page) => {
      await button(page, /^Change/).click()
      await expect(page.getByLabel("Severity")).toBeVisible()
    }
  ),
  at(
    "furnished",
    "incident-merge",
    ({ incident }) => `/incidents/${incident}`,
    async (page) => {
      await button(page, "Merge").click()
      await expect(page.getByLabel("Tell it as part of")).toBeVisible()
      await page.getByText(/failing checks?\./).click()
    }
  )
]

const maintenance: ReadonlyArray<Screen> = [
  at("vacant", "maintenance-empty", "/maintenance"),
  at("furnished", "maintenance", "/maintenance"),
  at("furnished", "maintenance-calendar", "/maintenance?view=calendar"),
  at("furnished", "maintenance-calendar-table", "/maintenance?view=calendar", async (page) => {
    await page.getByText("Show as table").click()
    await expect(page.locator("figure details table")).toBeVisible()
  }),
  at("furnished", "maintenance-new", "/maintenance/new"),
  at("furnished", "maintenance-new-weekly", "/maintenance/new", async (page) => {
    await page.getByLabel("Every week").check()
    await page.getByLabel("Only these").check()
    await expect(page.getByLabel("Last day")).toBeVisible()
  }),
  at("furnished", "maintenance-new-refused", "/maintenance/new", async (page) => {
    await page.getByLabel("Name").fill("Upgrade")
    await page.getByLabel("Time zone").fill("Nowhere/Town")
    await button(page, "Plan it").click()
    await expect(page.locator("[aria-invalid=true]").first()).toBeVisible()
  }),
  at("furnished", "maintenance-window", ({ window }) => `/maintenance/${window}`),
  at("furnished", "maintenance-delete", ({ window }) => `/maintenance/${window}?delete`)
]

const people: ReadonlyArray<Screen> = [
  at("vacant", "escalation-empty", "/alerts/escalation"),
  at("furnished", "escalation", "/alerts/escalation"),
  at("furnished", "escalation-policy", ({ policy }) => `/alerts/escalation/${policy}`),
  at("furnished", "escalation-delete", ({ policy }) => `/alerts/escalation/${policy}?delete`),
  at("furnished", "escalation-new", "/alerts/escalation/new"),
  at("furnished", "escalation-new-refused", "/alerts/escalation/new", async (page) => {
    await page.getByLabel("Name").fill("Nights")
    await button(page, "Add step").click()
    await button(page, "Save escalation").click()
    await expect(page.locator("[aria-invalid=true]").first()).toBeVisible()
  }),
  at("vacant", "on-call-empty", "/alerts/on-call"),
  at("furnished", "on-call", "/alerts/on-call"),
  at("furnished", "on-call-contacts", "/alerts/on-call", async (page) => {
    await page.getByRole("link", { name: /^Change/ }).click()
    await expect(page.getByRole("button", { name: "Save" })).toBeVisible()
  }),
  at("furnished", "on-call-schedule", ({ schedule }) => `/alerts/on-call/${schedule}?at=2026-11-22T13:00`),
  at("furnished", "on-call-month", ({ schedule }) => `/alerts/on-call/${schedule}?span=month`),
  at("furnished", "on-call-delete", ({ schedule }) => `/alerts/on-call/${schedule}?delete`),
  at("furnished", "on-call-edit", ({ schedule }) => `/alerts/on-call/${schedule}/edit`),
  at("furnished", "on-call-new", "/alerts/on-call/new", async (page) => {
    await page.getByText("Only at some hours").click()
    await button(page, "Add layer").click()
    await expect(page.getByText("Layer 2", { exact: true })).toBeVisible()
  })
]

export const plans: ReadonlyArray<Screen> = [...incidents, ...maintenance, ...people]
