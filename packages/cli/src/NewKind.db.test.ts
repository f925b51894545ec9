/**
 * A new kind of monitor costs one file and its entry in the registry. Shown with a copy of the sources to which a toy is
 * added just so: validation, OpenAPI, the list of kinds, the web's form and the worker's dispatch all have it.
 */
import { assert, layer } from "@effect/vitest"
import type { Kind } from "@v-insight/domain/api/Kinds"
import type { CheckOutcome } from "@v-insight/domain/model/CheckOutcome"
import type { Monitor } from "@v-insight/domain/model/Monitor"
import type { SignedIn } from "@v-insight/domain/model/Session"
import { testSecret } from "@v-insight/database/testing/constants"
import { TestDatabase } from "@v-insight/database/testing/TestDatabase"
import { Effect, Redacted } from "effect"
import { readFileSync, writeFileSync } from "node:fs"
import { type AddressInfo, createServer } from "node:net"
import path from "node:path"
import { workshop } from "./testing/Workshop.ts"

const toy = `
/** A toy duck on a TCP port that makes its sound when squeezed. */
import { Effect, Schema } from "effect"
import { converse } from "./converse.ts"
import { Host } from "./fields/Host.ts"
import { Port } from "./fields/Port.ts"
import { define } from "./MonitorType.ts"
import { Reader } from "./Reader.ts"
import { Refused } from "./Refused.ts"

const Settings = Schema.Struct({
  host: Host.annotate({ title: "Host", description: "Where the duck swims." }),
  port: Port.annotate({ title: "Port", description: "Its belly." }),
  sound: Schema.String.check(Schema.isMaxLength(20, { message: "A duck is no orchestra" }))
    .annotate({ title: "Sound", description: "What it says when squeezed." })
    .pipe(Schema.withDecodingDefaultKey(Effect.succeed("quack")))
}).annotate({ identifier: "ToySettings" })

export const toy = define({
  type: "toy",
  label: "Toy duck",
  description: "A toy duck still quacks.",
  target: ({ host, port }) => \`\${host}:\${port}\`,
  settings: Settings,
  secrets: [],
  check: ({ host, port, sound }: typeof Settings.Type, limits) =>
    converse({ host, port, assertions: [] }, limits, (conversation) =>
      Effect.gen(function* () {
        yield* conversation.send(new TextEncoder().encode("squeeze\\n"))
        const text = yield* new Reader(conversation.read).line
        if (text !== sound) return yield* new Refused({ code: "wrong_sound", message: \`The duck says "\${text}".\` })
        return { text }
      })
    )
})
`

interface Answered<A> {
  readonly status: number
  readonly body: A
}
interface Enveloped<A> {
  readonly data: A
}

/** As much of OpenAPI as is looked at. */
interface OpenApi {
  readonly components: { readonly schemas: Readonly<Record<string, object>> }
  readonly paths: Readonly<
    Record<
      string,
      { readonly post: { readonly requestBody: { readonly content: { readonly "application/json": Body } } } }
    >
  >
}
interface Body {
  readonly schema: {
    readonly anyOf: ReadonlyArray<{
      readonly properties: {
        readonly type: { readonly enum: ReadonlyArray<string> }
        readonly settings: { readonly $ref?: string }
      }
    }>
  }
}

const printForm = `
import { monitorKinds } from "./packages/web/src/lib/server/kinds.ts"
console.log(JSON.stringify(monitorKinds.find(({ type }) => type === "toy")))`

const duck = Effect.map(
  Effect.acquireRelease(
    Effect.callback<ReturnType<typeof createServer>>((resume) => {
      const server = createServer((socket) => {
        socket.on("error", () => {})
        socket.once("data", () => socket.end("quack\n"))
      })
      server.listen(0, "127.0.0.1", () => resume(Effect.succeed(server)))
    }),
    (server) => Effect.callback<void>((resume) => void server.close(() => resume(Effect.void)))
  ),
  (server) => (server.address() as AddressInfo).port
)

layer(TestDatabase.layer, { excludeTestServices: true })("a toy kind", (it) => {
  it.effect(
    "is one file and one entry, and everything has it",
    () =>
      Effect.gen(function* () {
        const { apiUrl, workerUrl } = yield* TestDatabase
        const { folder, node, start } = yield* workshop
        const kinds = path.join(folder, "packages/domain/src/monitor-types")
        writeFileSync(path.join(kinds, "toy.ts"), toy)
        const registry = path.join(kinds, "registry.ts")
        const before = readFileSync(registry, "utf8")
        const after = before.replace(
          "export const monitorTypes = {",
          'import { toy } from "./toy.ts"\nexport const monitorTypes = { toy,'
        )
        assert.notStrictEqual(after, before)
        writeFileSync(registry, after)

        // It compiles, and so does everything that is derived from the registry.
        yield* node("node_modules/@typescript/native/bin/tsc", "-p", "packages/domain")

        const secret = { VINSIGHT_SECRET: Redacted.value(testSecret) }
        const apiPort = yield* start("packages/server/src/main.ts", {
          ...secret,
          VINSIGHT_API_PORT: "0",
          VINSIGHT_API_DATABASE_URL: Redacted.value(apiUrl),
          VINSIGHT_SIGNUP: "open"
        })
        yield* start("packages/worker/src/main.ts", {
          ...secret,
          VINSIGHT_WORKER_PORT: "0",
          VINSIGHT_RUNNER_PORT: "0",
          VINSIGHT_WORKER_DATABASE_URL: Redacted.value(workerUrl),
          VINSIGHT_ALLOWED_CIDRS: "127.0.0.0/8"
        })
        let token = ""
        const ask = <A>(method: string, path: string, body?: unknown) =>
          Effect.promise(async (): Promise<Answered<A>> => {
            const response = await fetch(`http://127.0.0.1:${apiPort}/api/v1${path}`, {
              method,
              headers: {
                ...(body === undefined ? {} : { "content-type": "application/json" }),
                ...(token === "" ? {} : { authorization: `Bearer ${token}` })
              },
              ...(body === undefined ? {} : { body: JSON.stringify(body) })
            })
            return { status: response.status, body: (await response.json()) as A }
          })
        const account = { email: "duck@example.org", password: "correct horse battery" }
        token = (yield* ask<Enveloped<SignedIn>>("POST", "/auth/register", account)).body.data.token

        // The list of kinds, with the settings as JSON Schema.
        const listed = (yield* ask<Enveloped<ReadonlyArray<Kind>>>("GET", "/monitor-types")).body.data
        const kind = listed.find(({ type }) => type === "toy")!
        assert.deepInclude(kind, { label: "Toy duck", secrets: [] })
        assert.nestedInclude(kind.settings, { "properties.sound.title": "Sound", "properties.sound.maxLength": 20 })

        // OpenAPI: what creates a monitor may be a toy.
        const { components, paths } = (yield* ask<OpenApi>("GET", "/openapi.json")).body
        assert.nestedInclude(components.schemas["ToySettings"], { "properties.sound.title": "Sound" })
        const bodies = paths["/api/v1/monitors"]!.post.requestBody.content["application/json"].schema.anyOf
        assert.isTrue(
          bodies.some(
            ({ properties: { settings, type } }) =>
              type.enum.includes("toy") && settings.$ref === "#/components/schemas/ToySettings"
          )
        )

        // Validation, and what it looks at.
        const settings = { host: "127.0.0.1", port: yield* duck }
        const wrong = yield* ask("POST", "/monitors", { type: "toy", settings: { ...settings, sound: "a".repeat(21) } })
        assert.strictEqual(wrong.status, 422)
        assert.include(JSON.stringify(wrong.body), "A duck is no orchestra")
        assert.include(JSON.stringify(wrong.body), "settings.sound")
        const right = yield* ask<Enveloped<Monitor>>("POST", "/monitors", { type: "toy", settings })
        assert.strictEqual(right.status, 201)
        assert.deepInclude(right.body.data, { type: "toy", settings: { ...settings, sound: "quack" } })

        // The worker runs it.
        const quacks = yield* ask<Enveloped<CheckOutcome>>("POST", "/checks/try", { type: "toy", settings })
        assert.strictEqual(quacks.body.data.status, "up")
        const meows = yield* ask<Enveloped<CheckOutcome>>("POST", "/checks/try", {
          type: "toy",
          settings: { ...settings, sound: "meow" }
        })
        assert.deepStrictEqual(meows.body.data.error, { code: "wrong_sound", message: 'The duck says "quack".' })

        // The web's form.
        const printed = yield* node("--input-type=module", "--eval", printForm)
        const form = JSON.parse(printed)
        assert.strictEqual(form.description, "A toy duck still quacks.")
        const fields = form.fields.map(({ kind, name, title }: Record<string, string>) => [name, title, kind])
        assert.deepStrictEqual(fields, [
          ["host", "Host", "text"],
          ["port", "Port", "number"],
          ["sound", "Sound", "text"]
        ])
      }),
    60_000
  )
})
