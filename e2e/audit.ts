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

/** Each fault in one line: the screen, the theme, the width, the rule, the place and the reason. */
export const audit = async (page: Page, name: string): Promise<ReadonlyArray<string>> => {
  const faults: Array<string> = []
  for (const width of widths) {
    await page.setViewportSize({ width, height })
    for (const colorScheme of themes) {
      await page.emulateMedia({ colorScheme })
      await settle(page)
      const where = `${name} ${colorScheme} ${width}`
      // There are no frames, so axe can finish where it began.
      const { violations } = await new AxeBuilder({ page }).withTags(standards).setLegacyMode().analyze()
      for (const { id, nodes } of violations) {
        for (const { target, failureSummary } of nodes)
          faults.push(`${where}: ${id} at ${target.join(" ")}: ${failureSummary}`)
      }
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

/** Colours glide from one theme to the other; half-way they are nobody's. */
const settle = (page: Page) =>
  page.evaluate(async () => {
    const gliding = document.getAnimations().filter((animation) => animation instanceof CSSTransition)
    await Promise.allSettled(gliding.map(({ finished }) => finished))
  })

const picture = async (page: Page, folder: string, name: string): Promise<void> => {
  mkdirSync(folder, { recursive: true })
  await page.screenshot({ path: path.join(folder, `${name}.png`), fullPage: true })
}
