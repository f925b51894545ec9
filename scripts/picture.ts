/**
 * Takes the README's pictures from a real installation: `npm start` in an empty folder, three monitors of local servers,
 * one of which breaks. Writes docs/images. Needs Debian's chromium and `npm run build`.
 */
import { chromium } from "@playwright/test"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { chmodSync, mkdtempSync, rmSync } from "node:fs"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import path from "node:path"
import { setTimeout as sleep } from "node:timers/promises"

const root = path.resolve(import.meta.dirname, "..")
/** Long enough for sparklines to have a shape. */
const healthyMs = 60_000
const brokenMs = 12_000
const settleMs = 1000

let isBroken = false
const target = createServer((request, response) => {
  const isDown = isBroken && request.url === "/checkout"
  setTimeout(() => response.writeHead(isDown ? 503 : 200).end(), 5 + Math.random() * 40)
}).listen(0, "127.0.0.1")
await once(target, "listening")
const origin = `http://127.0.0.1:${(target.address() as AddressInfo).port}`

const folder = mkdtempSync(path.join(tmpdir(), "v-insight-picture-"))
chmodSync(folder, 0o755)
const stack = spawn(process.execPath, ["packages/cli/vinsight.js", "up"], {
  cwd: root,
  stdio: ["ignore", "pipe", "inherit"],
  env: {
    ...process.env,
    VINSIGHT_DATA_DIR: path.join(folder, "data"),
    VINSIGHT_API_PORT: "0",
    VINSIGHT_WORKER_PORT: "0",
    VINSIGHT_WEB_PORT: "0",
    VINSIGHT_MIN_INTERVAL_SECONDS: "1"
  }
})
const address = await new Promise<string>((resolve, reject) => {
  let said = ""
  stack.stdout.setEncoding("utf8").on("data", (text: string) => {
    said += text
    const found = /ready at (http:\/\/\S+)/.exec(said)?.[1]
    if (found !== undefined) resolve(found)
  })
  stack.once("exit", () => reject(new Error(said)))
})

const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] })
try {
  const page = await browser.newPage({ viewport: { width: 1280, height: 560 }, deviceScaleFactor: 1 })
  const post = async (url: string, data: object): Promise<void> => {
    const answer = await page.request.post(`${address}/api/v1${url}`, { data, headers: { origin: address } })
    if (!answer.ok()) throw new Error(`${url}: ${answer.status()} ${await answer.text()}`)
  }
  await post("/auth/register", { email: "ada@example.org", password: "correct horse battery", tenantName: "Example" })
  for (const [name, at, tags] of [
    ["Shop", "/", ["shop"]],
    ["Checkout", "/checkout", ["shop", "payments"]],
    ["Help pages", "/help", []]
  ] as const) {
    const settings = { url: `${origin}${at}` }
    await post("/monitors", {
      name,
      type: "http",
      settings,
      tags,
      intervalSeconds: 2,
      timeoutSeconds: 2,
      confirmations: 1
    })
  }
  await sleep(healthyMs)
  isBroken = true
  await page.goto(`${address}/monitors`)
  await sleep(brokenMs)
  await page.screenshot({ path: path.join(root, "docs/images/monitors.png") })
  await page.getByRole("link", { name: "Checkout" }).click()
  await page.getByRole("heading", { name: "Checkout" }).waitFor()
  await page.setViewportSize({ width: 1280, height: 900 })
  await sleep(settleMs)
  await page.screenshot({ path: path.join(root, "docs/images/monitor.png") })
} finally {
  await browser.close()
  stack.kill("SIGINT")
  await once(stack, "exit")
  target.closeAllConnections()
  target.close()
  rmSync(folder, { recursive: true, force: true })
}
