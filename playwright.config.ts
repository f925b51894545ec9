/**
 * Browser tests against the whole product, with Debian's chromium: one at a time, never tried twice.
 * SCREENSHOTS=folder keeps a picture of every screen in both themes, wide and narrow.
 */
import { defineConfig } from "@playwright/test"

export default defineConfig({
  testDir: "e2e",
  workers: 1,
  retries: 0,
  reporter: "line",
  timeout: 90_000,
  expect: { timeout: 15_000 },
  outputDir: "test-results/browser",
  use: {
    colorScheme: "light",
    timezoneId: "Europe/Berlin",
    viewport: { width: 1280, height: 900 },
    launchOptions: {
      executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium",
      args: [
        // root has no sandbox of its own
        ...(process.getuid?.() === 0 ? ["--no-sandbox"] : []),
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--disable-dev-shm-usage"
      ]
    }
  }
})
