/** A screen, and what is done on it before it is looked at. */
import { expect, type Page } from "@playwright/test"
import type { Furnished } from "./furnish.ts"

export interface Screen {
  readonly name: string
  readonly as: "nobody" | "vacant" | "furnished"
  readonly path: (ids: Furnished) => string
  /** Whether there must be much to draw. */
  readonly isDrawn?: boolean
  /** What is done on it before it is looked at. It may send tests, but changes nothing. */
  readonly open?: (page: Page, ids: Furnished) => Promise<void>
}

export const at = (as: Screen["as"], name: string, path: string | Screen["path"], open?: Screen["open"]): Screen => ({
  name,
  as,
  path: typeof path === "string" ? () => path : path,
  ...(open === undefined ? {} : { open })
})

export const button = (page: Page, name: string | RegExp) => page.getByRole("button", { name }).first()

/** Shortcuts are heard once the page is alive. */
export const alive = (page: Page) => expect(page.getByText(/^Live,/).first()).toBeAttached()
