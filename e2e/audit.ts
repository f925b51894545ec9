/** Judges what is on screen in both themes and at three widths: WCAG 2.2 AA, and no wider than the screen. */
import { AxeBuilder } from "@axe-core/playwright"
import type { Page } from "@playwright/test"
import { mkdirSync } from "node:fs"
import path from "node:path"

const standards = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
const widths = [1280, 768, 390]
const height = 900
const pictured = new Set([1280, 390])
const themes = ["light", "dark"] as const

/** A folder in which a picture of every screen is wanted. */
const pictures = process.env["SCREENSHOTS"]

/** What of axe is used once it is in the page. */
interface Axe {
  readonly run: (
    context: Document,
    options: { readonly runOnly: ReadonlyArray<string>; readonly resultTypes: ReadonlyArray<string> }
  ) => Promise<{
    readonly violations: ReadonlyArray<{
      readonly id: string
      readonly nodes: ReadonlyArray<{ readonly target: ReadonlyArray<unknown>; readonly failureSummary?: string }>
    }>
  }>
}

/** Each fault in one line: the screen, the theme, the width, the rule, the place and the reason. */
export const audit = async (page: Page, name: string): Promise<ReadonlyArray<string>> => {
  // Puts axe into the page. Asking it there six times takes a fifth of the time of bringing it along each time.
  await new AxeBuilder({ page }).withRules("html-has-lang").setLegacyMode().analyze()
  const faults: Array<string> = []
  for (const width of widths) {
    await page.setViewportSize({ width, height })
    for (const colorScheme of themes) {
      await page.emulateMedia({ colorScheme })
      await settle(page)
      for (const fault of await violations(page)) faults.push(`${name} ${colorScheme} ${width}: ${fault}`)
      if (pictures !== undefined && pictured.has(width))
        await picture(page, pictures, `${name}-${colorScheme}-${width}`)
    }
    const tooWide = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth
    )
    if (tooWide > 0) faults.push(`${name} ${width}: ${tooWide} px wider than the screen`)
  }
  return faults
}

const violations = (page: Page): Promise<ReadonlyArray<string>> =>
  page.evaluate(async (runOnly) => {
    const { axe } = window as unknown as { readonly axe: Axe }
    const { violations } = await axe.run(document, { runOnly, resultTypes: ["violations"] })
    return violations.flatMap(({ id, nodes }) =>
      nodes.map(({ target, failureSummary }) => `${id} at ${target.join(" ")}: ${failureSummary}`)
    )
  }, standards)

/** Colours glide from one theme to the other; half-way they are nobody's. */
const settle = (page: Page) =>
  page.evaluate(async () => {
    // What is folded away never arrives.
    const isSeen = ({ effect }: Animation) => effect instanceof KeyframeEffect && effect.target?.checkVisibility()
    const gliding = document
      .getAnimations()
      .filter((animation) => animation instanceof CSSTransition && isSeen(animation))
    await Promise.allSettled(gliding.map(({ finished }) => finished))
  })

const picture = async (page: Page, folder: string, name: string): Promise<void> => {
  mkdirSync(folder, { recursive: true })
  await page.screenshot({ path: path.join(folder, `${name}.png`), fullPage: true })
}
