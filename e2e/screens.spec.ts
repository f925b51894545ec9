/** Pictures of every page, to be judged by eye beside the design: in VINSIGHT_SCREENSHOTS, else in test-results. */
import { mkdirSync } from "node:fs"
import { join } from "node:path"
import { expect, test } from "./fixtures.ts"
import { furnish, pagesOf } from "./furnish.ts"

const folder = process.env["VINSIGHT_SCREENSHOTS"] ?? join(import.meta.dirname, "../test-results/screens")

test("pictures of every page", async ({ page, context, workspace, target, sink }) => {
  test.setTimeout(300_000)
  mkdirSync(folder, { recursive: true })
  const pages = pagesOf(await furnish(workspace, target, sink))
  const shoot = async (name: string) => {
    for (const [width, height] of [
      [1280, 900],
      [390, 844]
    ] as const) {
      await page.setViewportSize({ width, height })
      for (const colorScheme of ["light", "dark"] as const) {
        await page.emulateMedia({ colorScheme })
        const picture = await page.screenshot({ path: join(folder, `${name}-${colorScheme}-${width}.png`) })
        expect(picture.length).toBeGreaterThan(1000)
      }
    }
  }
  for (const [name, path] of [
    ["register", "/register"],
    ["login", "/login"]
  ] as const) {
    await page.goto(path)
    await shoot(name)
  }
  await workspace.enter(context)
  for (const [name, path] of Object.entries(pages)) {
    await page.goto(path)
    await page.locator("h1").first().waitFor()
    await shoot(name)
  }
})
