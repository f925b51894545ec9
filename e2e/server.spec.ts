import { expect, test } from "./fixtures.ts"
import { startWeb } from "./product.ts"
import { newEmail, password } from "./workspace.ts"

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

test("no answer carries CORS headers, and pages allow nothing from elsewhere", async ({ product, vacant }) => {
  const origin = { origin: "https://evil.example" }
  const bearer = { ...origin, authorization: `Bearer ${vacant.token}` }
  const preflight = { ...origin, "access-control-request-method": "POST", "access-control-request-headers": "x-a" }
  const ask = (path: string, headers: Record<string, string>, method = "GET", body?: string) =>
    fetch(`${product.url}${path}`, { method, headers, ...(body === undefined ? {} : { body }) })
  const answers = await Promise.all([
    ask("/login", origin),
    ask("/api/v1/auth/sign-up", origin),
    ask("/api/v1/openapi.json", origin),
    ask("/api/v1/monitors", origin),
    ask("/api/v1/monitors", bearer),
    ask("/api/v1/monitors", preflight, "OPTIONS"),
    ask("/api/v1/monitors/none", bearer),
    ask("/api/v1/monitors", { ...bearer, "content-type": "application/json" }, "POST", "{"),
    ask("/api/v1/stream/events", bearer),
    ask("/api/v1/nothing", bearer),
    ask("/api/public/nothing", origin),
    ask("/api/elsewhere", origin)
  ])
  for (const { headers, url } of answers) {
    expect(
      [...headers.keys()].filter((name) => name.startsWith("access-control-")),
      url
    ).toEqual([])
    expect(headers.get("x-content-type-options"), url).toBe("nosniff")
  }
  for (const { body } of answers) await body?.cancel()
  const policy = answers[0]?.headers.get("content-security-policy") ?? ""
  expect(policy).toMatch(/script-src 'self' 'nonce-[^']+';/)
  expect(policy).toContain("frame-ancestors 'none'")
  expect(policy).not.toContain("unsafe-eval")
  expect(answers[0]?.headers.get("content-encoding")).toBe("gzip")
})

test("the proxy leads to the API and to nothing else", async ({ product, vacant }) => {
  const ask = (path: string) =>
    fetch(`${product.url}${path}`, { headers: { authorization: `Bearer ${vacant.token}` }, redirect: "manual" })
  expect((await ask("/api/v1/monitors")).status).toBe(200)
  // Each of these exists on the API, or would if the path were taken at its word.
  const elsewhere = [
    "/api/metrics",
    "/api/health",
    "/api/v1",
    "/api/v2/monitors",
    "/api/v1evil",
    "/api/v1/%2e%2e/metrics",
    "/api/public"
  ]
  for (const path of elsewhere) {
    const answer = await ask(path)
    expect(answer.status, path).toBe(404)
    expect(await answer.text(), path).not.toContain("# HELP")
  }
  const { error } = (await (await ask("/api/metrics")).json()) as { error: { code: string } }
  expect(error.code).toBe("NOT_FOUND")
})

test("a request that rides on the cookie must come from our own page", async ({ product, workspace }) => {
  const cookie = `vinsight_session=${workspace.token}`
  const evil = "https://evil.example"
  const create = (headers: Record<string, string>) =>
    fetch(`${product.url}/api/v1/monitors`, {
      method: "POST",
      headers: { cookie, "content-type": "application/json", ...headers },
      body: JSON.stringify({ type: "http", settings: { url: "http://127.0.0.1:9/" } })
    })
  expect((await create({ origin: evil })).status).toBe(403)
  expect((await create({ origin: "null" })).status).toBe(403)
  expect((await create({ origin: product.url.replace("http:", "https:") })).status).toBe(403)
  expect((await create({ origin: evil, "content-type": "text/plain" })).status).toBe(403)
  expect((await create({})).status).toBe(403)
  expect(await workspace.call("GET", "/monitors")).toEqual([])
  expect((await create({ origin: product.url })).status).toBe(201)

  const post = (path: string, origin: string, type = "application/x-www-form-urlencoded") =>
    fetch(`${product.url}${path}`, {
      method: "POST",
      headers: { cookie, origin, accept: "text/html", "content-type": type },
      body: "type=http&settings.url=http%3A%2F%2F127.0.0.1%3A9%2F",
      redirect: "manual"
    })
  for (const path of ["/logout", "/monitors/new?/save", "/settings?/preferences", "/login"]) {
    expect((await post(path, evil)).status, path).toBe(403)
    expect((await post(path, evil, "text/plain")).status, path).toBe(403)
  }
  expect(await workspace.call<ReadonlyArray<unknown>>("GET", "/monitors")).toHaveLength(1)
  expect((await post("/monitors/new?/save", product.url)).status).toBe(303)
  expect(await workspace.call<ReadonlyArray<unknown>>("GET", "/monitors")).toHaveLength(2)
})

test("the web process stops gracefully, with and without a signal", async ({ product }) => {
  for (const way of ["signal", "hangUp"] as const) {
    const web = await startWeb({ VINSIGHT_API_URL: product.url, VINSIGHT_PARENT_PIPE: "1" })
    expect(web.log.message).toBe("listening")
    expect((await fetch(`${web.url.replace("localhost", "127.0.0.1")}/health/live`)).status).toBe(200)
    web[way]()
    expect(await web.exited).toBe(0)
  }
})

test("a web process that cannot start says what to do, in one sentence", async () => {
  const web = await startWeb({ VINSIGHT_WEB_PORT: "http" })
  expect(web.log).toMatchObject({
    level: "error",
    message: 'VINSIGHT_WEB_PORT is "http": write a whole number from 0 to 65535.'
  })
  expect(await web.exited).toBe(1)
})
