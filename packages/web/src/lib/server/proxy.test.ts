import { getRequest, setResponse } from "@sveltejs/kit/node"
import { once } from "node:events"
import {
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type RequestListener,
  type Server
} from "node:http"
import type { AddressInfo } from "node:net"
import { setTimeout as sleep } from "node:timers/promises"
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest"
import { proxy } from "./proxy.ts"

const bodyLimit = 64 * 1024

let api: Server
let web: Server
let webUrl: string
let answer: RequestListener

const listen = async (server: Server) => {
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

beforeAll(async () => {
  api = createServer((request, response) => answer(request, response))
  const apiUrl = await listen(api)
  web = createServer(async (request, response) => {
    const forwarded = getRequest({ request, response, base: webUrl, bodySizeLimit: bodyLimit })
    const url = new URL(forwarded.url)
    const caller = { apiUrl, proxySecret: "s3cret", requestId: "request-1", clientAddress: "203.0.113.9", url }
    setResponse(response, await proxy(forwarded, caller))
  })
  webUrl = await listen(web)
})

beforeEach(() => {
  answer = (_, response) => response.end("{}")
})

afterAll(() => {
  for (const server of [api, web]) {
    server.closeAllConnections()
    server.close()
  }
})

describe("the proxy", () => {
  it("keeps path, query, method, body and status, and says who asked", async () => {
    let seen: IncomingMessage | undefined
    let body = ""
    answer = async (request, response) => {
      seen = request
      for await (const chunk of request) body += chunk
      response.writeHead(201, { "content-type": "application/json", "x-from": "api" }).end('{"data":1}')
    }
    const got = await fetch(`${webUrl}/api/v1/monitors?search=a%2Fb`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        cookie: "vinsight_session=t",
        "x-forwarded-for": "1.2.3.4",
        "x-forwarded-proto": "https",
        "x-vinsight-proxy": "guess",
        "x-request-id": "mine"
      },
      body: '{"a":1}'
    })
    expect(got.status).toBe(201)
    expect(got.headers.get("x-from")).toBe("api")
    expect(await got.json()).toEqual({ data: 1 })
    expect(seen?.url).toBe("/api/v1/monitors?search=a%2Fb")
    expect(body).toBe('{"a":1}')
    expect(seen?.headers).toMatchObject({
      cookie: "vinsight_session=t",
      "x-forwarded-for": "203.0.113.9",
      "x-forwarded-proto": "http",
      "x-vinsight-proxy": "s3cret",
      "x-request-id": "request-1",
      "accept-encoding": "identity"
    })
  })

  it("defect 9: hands nothing on but the public paths", async () => {
    let asked = 0
    answer = (_, response) => {
      asked++
      response.end()
    }
    for (const path of ["/api/internal/x", "/api/v1", "/api/v2/monitors", "/api/v1/../../health"]) {
      expect((await fetch(`${webUrl}${path}`)).status).toBe(404)
    }
    expect(asked).toBe(0)
    expect((await fetch(`${webUrl}/api/public/pages/acme`)).status).toBe(200)
  })

  it("keeps several cookies apart and drops hop-by-hop headers", async () => {
    answer = (_, response) =>
      response
        .writeHead(200, {
          "set-cookie": ["a=1; Path=/", "b=2; Expires=Wed, 01 Jan 2031 00:00:00 GMT"],
          "x-hop": "1",
          connection: "x-hop"
        })
        .end("ok")
    const got = await fetch(`${webUrl}/api/v1/x`)
    expect(got.headers.getSetCookie()).toEqual(["a=1; Path=/", "b=2; Expires=Wed, 01 Jan 2031 00:00:00 GMT"])
    expect(got.headers.get("x-hop")).toBeNull()
  })

  it("defect 11: adds no CORS headers", async () => {
    const got = await fetch(`${webUrl}/api/v1/x`, { headers: { origin: "http://evil.example" } })
    expect([...got.headers.keys()].filter((name) => name.startsWith("access-control"))).toEqual([])
  })

  it.each([204, 304])("answers %i without a body", async (status) => {
    answer = (_, response) => response.writeHead(status).end()
    const got = await fetch(`${webUrl}/api/v1/x`)
    expect([got.status, await got.text()]).toEqual([status, ""])
  })

  it("does not follow redirects of the API", async () => {
    answer = (_, response) => response.writeHead(302, { location: "http://169.254.169.254/" }).end()
    const got = await fetch(`${webUrl}/api/v1/x`, { redirect: "manual" })
    expect([got.status, got.headers.get("location")]).toEqual([302, "http://169.254.169.254/"])
  })

  it("defect 11: passes events on as they happen, and hangs up on the API when the browser goes", async () => {
    let end: (() => void) | undefined
    const closed = new Promise<void>((resolve) => {
      answer = (_, response) => {
        response.writeHead(200, { "content-type": "text/event-stream" })
        response.write("id: 1\ndata: first\n\n")
        end = () => response.write("id: 2\ndata: second\n\n")
        response.once("close", resolve)
      }
    })
    const abort = new AbortController()
    const got = await fetch(`${webUrl}/api/v1/stream/events`, { signal: abort.signal })
    const reader = got.body!.pipeThrough(new TextDecoderStream()).getReader()
    expect((await reader.read()).value).toContain("first")
    end!()
    expect((await reader.read()).value).toContain("second")
    abort.abort()
    await closed
  })

  it("answers 413 in the envelope when the body is too large, told or not", async () => {
    answer = async (request, response) => {
      for await (const _ of request) await sleep(0)
      response.end("{}")
    }
    const post = (body: BodyInit) =>
      fetch(`${webUrl}/api/v1/monitors`, { method: "POST", body, duplex: "half" } as RequestInit)
    const told = await post("x".repeat(bodyLimit + 1))
    expect([told.status, (await told.json()).error.code]).toEqual([413, "PAYLOAD_TOO_LARGE"])
    const untold = await post(new Blob(["x".repeat(bodyLimit + 1)]).stream())
    expect([untold.status, (await untold.json()).error.code]).toEqual([413, "PAYLOAD_TOO_LARGE"])
  })

  it("answers 502 in the envelope when the API is away", async () => {
    answer = (request) => request.socket.destroy()
    const got = await fetch(`${webUrl}/api/v1/monitors`)
    expect([got.status, got.headers.get("retry-after")]).toEqual([502, "2"])
    expect((await got.json()).error).toEqual({
      code: "UNAVAILABLE",
      message: "The API is not reachable. Try again in a moment.",
      details: { requestId: "request-1" }
    })
  })

  it("survives a browser that hangs up in the middle of sending", async () => {
    const arrived = new Promise<void>((resolve) => {
      answer = (request) => request.once("close", resolve).resume()
    })
    const upload = httpRequest(`${webUrl}/api/v1/monitors`, { method: "POST", headers: { "content-length": "1000" } })
    upload.on("error", () => {})
    upload.write("half")
    await sleep(50)
    upload.destroy()
    await arrived
    answer = (_, response) => response.end("{}")
    expect((await fetch(`${webUrl}/api/v1/x`)).status).toBe(200)
  })
})
