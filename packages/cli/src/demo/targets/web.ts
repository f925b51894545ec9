/** The web server behind all of the demo's pages and interfaces: each answers as slowly, or as badly, as the story says. */
import { Clock, Effect, FiberSet, Random, type Scope } from "effect"
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import { createServer as createSecureServer } from "node:https"
import { createSecureContext } from "node:tls"
import type { Refusal } from "../../Refusal.ts"
import { chanceOf } from "../chance.ts"
import { circumstanceAt } from "../Episode.ts"
import { pageTypes, webServer } from "../estate/kinds.ts"
import { hookPaths } from "../alerts.ts"
import { type PortName, wantedPorts } from "../Places.ts"
import { answerUs } from "../Rhythm.ts"
import type { Story } from "../story.ts"
import type { Watched } from "../Watched.ts"
import type { Authority } from "./certificates.ts"
import { serving } from "./listen.ts"

/** Known when servers listen: settings hold their ports. */
export interface Play {
  readonly estate: ReadonlyArray<Watched>
  readonly story: Story
}

type WebPort = Extract<PortName, "http" | "https">

export const webServers = (
  { ca, key, shown }: Authority,
  play: () => Play | undefined
): Effect.Effect<Readonly<Record<WebPort, number>>, Refusal, Scope.Scope> =>
  Effect.gen(function* () {
    const run = yield* FiberSet.makeRuntime()
    const listener = (request: IncomingMessage, response: ServerResponse): void => {
      request.resume()
      request.once("end", () => void run(answer(play(), request, response)))
    }
    const contexts = new Map(
      [shown.soon, shown.expired].map(({ certificate, facts }) => [
        facts.subject,
        createSecureContext({ key, cert: certificate + ca })
      ])
    )
    const secure = () =>
      createSecureServer(
        {
          key,
          cert: shown.good.certificate + ca,
          SNICallback: (name, done) => done(null, contexts.get(name))
        },
        listener
      )
    return {
      http: yield* serving("web", wantedPorts.http, () => createServer(listener)),
      https: yield* serving("web", wantedPorts.https, secure)
    }
  })

const answer = Effect.fnUntraced(function* (
  play: Play | undefined,
  request: IncomingMessage,
  response: ServerResponse
) {
  const { headers, url = "/" } = request
  const host = (headers.host ?? "").replace(/:\d+$/, "")
  const { pathname } = new URL(url, "http://demo.localhost")
  const hook = hookAnswer(pathname)
  if (hook !== undefined) return void response.writeHead(hook).end()
  const watched = play === undefined ? undefined : whoseIs(play.estate, host, pathname)
  if (play === undefined || watched === undefined) {
    return void response.writeHead(404, { server: webServer, "content-type": "text/plain" }).end("Not here.\n")
  }
  const now = yield* Clock.currentTimeMillis
  const circumstance = circumstanceAt(play.story.get(watched.key) ?? [], now)
  const parts = watched.type === "steps" ? (watched.settings["steps"] as ReadonlyArray<unknown>).length : 1
  const factor = (circumstance?.kind === "slow" ? circumstance.factor : 1) / parts
  yield* Effect.sleep(answerUs(watched.rhythm, now, factor, chanceOf(String(yield* Random.nextInt))) / 1000)
  const bad = circumstance?.kind === "down" ? circumstance.failure.answer : undefined
  if (bad !== undefined) {
    return void response.writeHead(bad.httpStatus, Object.fromEntries(bad.response.headers)).end(bad.response.body)
  }
  const isJson = watched.traits["content-type"] === pageTypes.json
  response
    .writeHead(200, { server: webServer, "content-type": isJson ? pageTypes.json : pageTypes.html })
    .end(isJson ? '{"status":"ok","version":"2026.11.3","token":"probe"}' : pageOf(watched.name))
})

const hookAnswer = (path: string): number | undefined => {
  if (path === hookPaths["Warehouse chat"]) return 410
  return Object.values(hookPaths).includes(path) ? 204 : undefined
}

const whoseIs = (estate: ReadonlyArray<Watched>, host: string, path: string): Watched | undefined =>
  estate.find((watched) =>
    urlsOf(watched).some((text) => {
      const url = new URL(text)
      return url.hostname === host && url.pathname === path
    })
  )

const urlsOf = ({ settings, type }: Watched): ReadonlyArray<string> => {
  if (type === "steps") return (settings["steps"] as ReadonlyArray<{ readonly url: string }>).map(({ url }) => url)
  const { url } = settings
  return type === "http" && typeof url === "string" ? [url] : []
}

/** A few kilobytes, as a page has. */
const pageOf = (name: string): string =>
  `<!doctype html>\n<html lang="en">\n<head><meta charset="utf-8"><title>${name}</title></head>\n<body>\n<h1>${name}</h1>\n${"<p>Tents, boots and rope for weather that means it.</p>\n".repeat(40)}</body>\n</html>\n`
