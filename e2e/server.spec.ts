import { once } from "node:events"
import { spawn } from "node:child_process"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { expect, newEmail, password, test } from "./fixtures.ts"

const root = join(import.meta.dirname, "..")

test("http://localhost works without TLS, form posts included", async ({ page, product }) => {
  expect(product.url).toMatch(/^http:\/\/localhost:\d+$/)
  const email = newEmail()
  await page.goto("/register")
  await page.getByLabel("E-mail").fill(email)
  await page.getByLabel("Password").fill(password)
  await page.getByRole("button", { name: "Create account" }).click()
  await expect(page).toHaveURL(/\/welcome$/)
  const [cookie] = (await page.context().cookies()).filter(({ name }) => name === "vinsight_session")
  expect(cookie).toMatchObject({ httpOnly: true, sameSite: "Lax", secure: false })
  await page.goto("/settings")
  await page.getByRole("button", { name: "Sign out" }).click()
  await expect(page).toHaveURL(/\/login$/)
  await page.goto("/monitors?status=down")
  await expect(page).toHaveURL(/\/login\?next=%2Fmonitors%3Fstatus%3Ddown$/)
  await page.getByLabel("E-mail").fill(email)
  await page.getByLabel("Password").fill("not the password")
  await page.getByRole("button", { name: "Sign in" }).click()
  await expect(page.getByText("E-mail or password is not right.")).toBeVisible()
  await page.getByLabel("Password").fill(password)
  await page.getByRole("button", { name: "Sign in" }).click()
  await expect(page).toHaveURL(/\/monitors\?status=down$/)
})

test("no answer carries CORS headers, and pages allow nothing from elsewhere", async ({ product }) => {
  const origin = { origin: "https://evil.example" }
  const answers = await Promise.all([
    fetch(`${product.url}/api/v1/auth/sign-up`, { headers: origin }),
    fetch(`${product.url}/api/v1/monitors`, {
      headers: { ...origin, "access-control-request-method": "POST" },
      method: "OPTIONS"
    }),
    fetch(`${product.url}/login`, { headers: origin })
  ])
  for (const { headers } of answers) {
    expect([...headers.keys()].filter((name) => name.startsWith("access-control-"))).toEqual([])
    expect(headers.get("x-content-type-options")).toBe("nosniff")
  }
  const policy = answers[2]?.headers.get("content-security-policy") ?? ""
  expect(policy).toMatch(/script-src 'self' 'nonce-[^']+';/)
  expect(policy).toContain("frame-ancestors 'none'")
  expect(policy).not.toContain("unsafe-eval")
  expect(answers[2]?.headers.get("content-encoding")).toBe("gzip")
})

test("a request that rides on the cookie must come from our own page", async ({ product, workspace, context }) => {
  await workspace.enter(context)
  const [session] = await context.cookies(product.url)
  const cookie = `${session?.name}=${session?.value}`
  const create = (headers: Record<string, string>) =>
    fetch(`${product.url}/api/v1/monitors`, {
      method: "POST",
      headers: { cookie, "content-type": "application/json", ...headers },
      body: JSON.stringify({ type: "http", settings: { url: "http://127.0.0.1:9/" } })
    })
  expect((await create({ origin: "https://evil.example" })).status).toBe(403)
  expect((await create({})).status).toBe(403)
  expect((await create({ origin: product.url })).status).toBe(201)
  const form = await fetch(`${product.url}/logout`, {
    method: "POST",
    headers: { cookie, origin: "https://evil.example", "content-type": "application/x-www-form-urlencoded" },
    body: "",
    redirect: "manual"
  })
  expect(form.status).toBe(403)
})

test("the web process stops gracefully, with and without a signal", async ({ product }) => {
  for (const way of ["signal", "pipe"] as const) {
    const web = spawn(process.execPath, [join(root, "packages/web/server.js")], {
      stdio: ["pipe", "pipe", "inherit"],
      env: {
        VINSIGHT_WEB_PORT: "0",
        VINSIGHT_HOST: "127.0.0.1",
        VINSIGHT_API_URL: product.url,
        VINSIGHT_PARENT_PIPE: "1"
      }
    })
    const [line] = (await once(createInterface(web.stdout), "line")) as [string]
    const { message, port } = JSON.parse(line) as { message: string; port: number }
    expect(message).toBe("listening")
    expect((await fetch(`http://127.0.0.1:${port}/health/live`)).status).toBe(200)
    if (way === "signal") web.kill("SIGTERM")
    else web.stdin.end()
    expect((await once(web, "exit"))[0]).toBe(0)
  }
})

test("a web process that cannot start says what to do, in one sentence", async () => {
  const web = spawn(process.execPath, [join(root, "packages/web/server.js")], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { VINSIGHT_WEB_PORT: "http" }
  })
  const [line] = (await once(createInterface(web.stdout), "line")) as [string]
  expect(JSON.parse(line)).toMatchObject({
    level: "error",
    message: 'VINSIGHT_WEB_PORT is "http": write a whole number from 0 to 65535.'
  })
  expect((await once(web, "exit"))[0]).toBe(1)
})
