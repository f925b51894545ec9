/** Every screen, and what can open on it: for nobody in particular, for an empty workspace and for a full one. */
import { expect } from "@playwright/test"
import { alerts } from "./alertScreens.ts"
import { forms } from "./formScreens.ts"
import { monitors, one } from "./monitorScreens.ts"
import { plans } from "./planScreens.ts"
import { alive, at, button, type Screen } from "./screen.ts"
import { password } from "./workspace.ts"

const entry: ReadonlyArray<Screen> = [
  at("nobody", "register", "/register"),
  at("nobody", "register-refused", "/register", async (page, { email }) => {
    await page.getByLabel("E-mail").fill(email)
    await page.getByLabel("Password").fill(password)
    await button(page, "Create account").click()
    await expect(page.getByRole("alert")).toBeVisible()
  }),
  at("nobody", "login", "/login"),
  at("nobody", "login-refused", "/login", async (page, { email }) => {
    await page.getByLabel("E-mail").fill(email)
    await page.getByLabel("Password").fill("not the password")
    await button(page, "Sign in").click()
    await expect(page.getByText("E-mail or password is not right.")).toBeVisible()
  }),
  at("nobody", "nothing-here", "/no-such-page")
]

const vacant: ReadonlyArray<Screen> = [
  at("vacant", "monitors-empty", "/monitors"),
  at("vacant", "incidents-empty", "/incidents"),
  at("vacant", "welcome", "/welcome"),
  at("vacant", "welcome-told", "/welcome?step=told")
]

const others: ReadonlyArray<Screen> = [
  at("furnished", "settings", "/settings"),
  at("furnished", "welcome-works", "/welcome", async (page, { target }) => {
    await page.getByLabel("Address to watch").fill(target)
    await page.keyboard.press("Enter")
    await expect(page.getByText("It works.")).toBeVisible()
  }),
  at("furnished", "welcome-fails", "/welcome", async (page, { target }) => {
    await page.getByLabel("Address to watch").fill(`${target}/status/401`)
    await page.keyboard.press("Enter")
    await expect(page.getByText("It fails.")).toBeVisible()
  }),
  at("furnished", "welcome-refused", "/welcome", async (page) => {
    await page.getByLabel("Address to watch").fill("nonsense://")
    await page.keyboard.press("Enter")
    await expect(page.locator("[aria-invalid=true]").first()).toBeVisible()
  }),
  at("furnished", "welcome-told-again", "/welcome?step=told"),
  at("furnished", "help", "/monitors", async (page) => {
    await alive(page)
    await page.keyboard.press("?")
    await expect(page.getByRole("dialog", { name: "Keyboard shortcuts" })).toBeVisible()
  }),
  at("furnished", "palette", "/monitors", async (page) => {
    await alive(page)
    await page.keyboard.press("Control+k")
    await expect(page.getByRole("option", { name: /Public site/ })).toBeVisible()
  })
]

/** Last those that need a history, which grows meanwhile. */
export const screens: ReadonlyArray<Screen> = [
  ...entry,
  ...vacant,
  ...monitors,
  ...forms,
  ...plans,
  ...alerts,
  ...others,
  ...one.map((screen) => ({ ...screen, isDrawn: true }))
]
