import { gunzipSync } from "node:zlib"
import { describe, expect, it } from "vitest"
import { compress } from "./compress.ts"
import { setFlash, takeFlash } from "./flash.ts"
import { fillShell, readPreferences, writePreferences } from "./preferences.ts"
import { harden, requestIdOf } from "./response.ts"
import { clearSession, hasSession, setSession } from "./session.ts"

const asking = (accepted: string) => new Request("http://localhost/", { headers: { "accept-encoding": accepted } })
const html = (body: string) => new Response(body, { headers: { "content-type": "text/html", etag: '"1"' } })

/** A browser's jar: what was set can be read back; options are kept for looking at. */
const jar = () => {
  const values = new Map<string, string>()
  const options = new Map<string, object | undefined>()
  return {
    values,
    options,
    get: (name: string) => values.get(name),
    set: (name: string, value: string, given: object | undefined) => {
      values.set(name, value)
      options.set(name, given)
    },
    delete: (name: string) => values.delete(name)
  }
}

describe("compress", () => {
  it("compresses pages for those who can read it", async () => {
    const got = compress(asking("br;q=1.0, gzip;q=0.8"), html("x".repeat(5000)))
    expect(got.headers.get("content-encoding")).toBe("gzip")
    expect(got.headers.get("etag")).toBeNull()
    expect(gunzipSync(await got.bytes()).toString()).toBe("x".repeat(5000))
  })

  it.each(["", "br", "gzip;q=0", "gzip;q=0.000"])(
    "leaves pages alone for %j, but says that it varies",
    async (accepted) => {
      const got = compress(asking(accepted), html("hello"))
      expect([got.headers.get("content-encoding"), got.headers.get("vary"), await got.text()]).toEqual([
        null,
        "accept-encoding",
        "hello"
      ])
    }
  )

  it("never touches event streams: they would wait in the compressor", () => {
    const stream = new Response("data: 1\n\n", { headers: { "content-type": "text/event-stream" } })
    expect(compress(asking("gzip"), stream)).toBe(stream)
  })
})

describe("harden", () => {
  it("adds the headers every answer carries, and keeps the cookies", () => {
    const given = new Response("", {
      headers: [
        ["set-cookie", "a=1"],
        ["set-cookie", "b=2"]
      ]
    })
    const got = harden(given, "request-1", new URL("http://localhost:3000/"))
    expect(got.headers.getSetCookie()).toEqual(["a=1", "b=2"])
    expect(got.headers.get("x-request-id")).toBe("request-1")
    expect(got.headers.get("x-content-type-options")).toBe("nosniff")
    expect(got.headers.get("cache-control")).toBe("private, no-store")
    expect(got.headers.get("strict-transport-security")).toBeNull()
  })

  it("asks for https to stay once it is there", () => {
    const got = harden(new Response(""), "request-1", new URL("https://v.example/"))
    expect(got.headers.get("strict-transport-security")).toBe("max-age=31536000")
  })
})

describe("requestIdOf", () => {
  it("keeps a well-formed id and makes one otherwise", () => {
    expect(requestIdOf(new Headers({ "x-request-id": "abcd-1234" }))).toBe("abcd-1234")
    expect(requestIdOf(new Headers({ "x-request-id": 'x"} {"level":"' }))).toMatch(/^[0-9a-f-]{36}$/)
    expect(requestIdOf(new Headers())).toMatch(/^[0-9a-f-]{36}$/)
  })
})

describe("preferences", () => {
  it("come from cookies; what is not known falls back", () => {
    const cookies = jar()
    expect(readPreferences(cookies)).toEqual({ theme: "system", density: "compact", timeZone: "UTC" })
    cookies.values.set("vinsight_theme", '"><script>').set("vinsight_tz", "Mars/Olympus")
    expect(readPreferences(cookies)).toEqual({ theme: "system", density: "compact", timeZone: "UTC" })
    cookies.values
      .set("vinsight_theme", "dark")
      .set("vinsight_density", "comfortable")
      .set("vinsight_tz", "Asia/Ho_Chi_Minh")
    const read = readPreferences(cookies)
    expect([read.theme, read.density]).toEqual(["dark", "comfortable"])
    expect(["Asia/Ho_Chi_Minh", "Asia/Saigon"]).toContain(read.timeZone)
  })

  it("are written one at a time", () => {
    const cookies = jar()
    const form = new FormData()
    form.set("theme", "light")
    form.set("density", "huge")
    writePreferences(cookies, form, false)
    expect([...cookies.values]).toEqual([["vinsight_theme", "light"]])
  })

  it("are in the first byte of the page", () => {
    const shell =
      '<html data-theme="%vinsight.theme%" data-density="%vinsight.density%"><meta content="%vinsight.scheme%">'
    expect(fillShell(shell, { theme: "dark", density: "compact", timeZone: "UTC" })).toBe(
      '<html data-theme="dark" data-density="compact"><meta content="dark">'
    )
  })
})

describe("the session cookie", () => {
  const session = { token: "t", expiresAt: "2026-12-21T00:00:00.000Z" }

  it("is bound to the host over https, and still works over plain http on localhost", () => {
    const cookies = jar()
    setSession(cookies, new URL("https://v.example/login"), session)
    setSession(cookies, new URL("http://localhost:3000/login"), session)
    expect([...cookies.values.keys()]).toEqual(["__Host-vinsight_session", "vinsight_session"])
    expect(cookies.options.get("__Host-vinsight_session")).toMatchObject({
      secure: true,
      httpOnly: true,
      sameSite: "lax",
      path: "/"
    })
    expect(cookies.options.get("vinsight_session")).toMatchObject({ secure: false, httpOnly: true })
    expect(hasSession(cookies)).toBe(true)
    clearSession(cookies, new URL("http://localhost:3000/"))
    expect([...cookies.values.keys()]).toEqual(["__Host-vinsight_session"])
  })
})

describe("a flash", () => {
  const url = new URL("http://localhost:3000/")

  it("is told once", () => {
    const cookies = jar()
    setFlash(cookies, url, { message: "Deleted Checkout.", undo: { action: "/monitors?/restore", ids: ["1"] } })
    const told = takeFlash(cookies, url, false)
    expect(told).toEqual({
      id: expect.any(String),
      message: "Deleted Checkout.",
      undo: { action: "/monitors?/restore", ids: ["1"] }
    })
    expect(takeFlash(cookies, url, false)).toBeUndefined()
  })

  it("stays until the page has shown it, where an answer may be overtaken", () => {
    const cookies = jar()
    setFlash(cookies, url, { message: "Saved Checkout." })
    const first = takeFlash(cookies, url, true)
    expect(first?.message).toBe("Saved Checkout.")
    expect(takeFlash(cookies, url, true)).toEqual(first)
    expect(cookies.options.get("vinsight_flash")).toMatchObject({ httpOnly: false, sameSite: "lax" })
  })

  it.each(["", "{", "null", '{"message":"a"}', '{"id":"a","message":1}'])(
    "that is malformed (%j) is not told",
    (text) => {
      const cookies = jar()
      cookies.values.set("vinsight_flash", text)
      expect(takeFlash(cookies, url, false)).toBeUndefined()
    }
  )
})
