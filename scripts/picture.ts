/**
 * Takes the README's pictures from the demo, in an empty folder of its own. Writes docs/images. Needs Debian's chromium;
 * best on a machine that does nothing else, because what the demo measures is real.
 */
import { chromium } from "@playwright/test"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { chmodSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import path from "node:path"
import { setTimeout as sleep } from "node:timers/promises"

const root = path.resolve(import.meta.dirname, "..")
const settleMs = 2500
const width = 1280

const folder = mkdtempSync(path.join(tmpdir(), "v-insight-picture-"))
chmodSync(folder, 0o755)
const demo = spawn(
  process.execPath,
  ["packages/cli/vinsight.js", "demo", "--folder", path.join(folder, "demo"), "--port", "0"],
  { cwd: root, stdio: ["ignore", "pipe", "inherit"] }
)
const address = await new Promise<string>((resolve, reject) => {
  let said = ""
  demo.stdout.setEncoding("utf8").on("data", (text: string) => {
    said += text
    const found = /ready at (http:\/\/\S+)/.exec(said)?.[1]
    if (found !== undefined) resolve(found)
  })
  demo.once("exit", () => reject(new Error(said)))
})

const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] })
try {
  const page = await browser.newPage({ viewport: { width, height: 800 }, deviceScaleFactor: 1 })
  const answer = await page.request.post(`${address}/api/v1/auth/login`, {
    data: { email: "demo@nordlicht.example", password: "look around" },
    headers: { origin: address }
  })
  if (!answer.ok()) throw new Error(`${answer.status()} ${await answer.text()}`)
  await page.goto(`${address}/monitors`)
  await sleep(settleMs)
  await page.screenshot({ path: path.join(root, "docs/images/monitors.png") })
  await page.getByRole("link", { name: "Image resizer" }).first().click()
  await page.getByRole("heading", { name: "Image resizer" }).waitFor()
  await page.setViewportSize({ width, height: 1080 })
  await sleep(settleMs)
  await page.screenshot({ path: path.join(root, "docs/images/monitor.png") })
} finally {
  await browser.close()
  demo.kill("SIGINT")
  await once(demo, "exit")
  rmSync(folder, { recursive: true, force: true })
}
