/** One violation per rule of the linter, in a place where the rule must bite, and clean files where nothing may. */

export interface Sample {
  readonly file: string
  readonly text: string
  /** As oxlint names it, or undefined for a clean file. */
  readonly rule: string | undefined
}

const bad = (file: string, rule: string, text: string): Sample => ({ file, rule, text })
const clean = (file: string, text: string): Sample => ({ file, rule: undefined, text })
const wrongImport = (file: string, text: string): Sample => bad(file, "house(floor-plan)", text)
const dials = (file: string, text: string): Sample => bad(file, "house(one-way-out)", text)
const svelte = (script: string): string => `<script lang="ts">\n  ${script}\n</script>\n`

const linesOf = (count: number): string =>
  Array.from({ length: count }, (_, index) => `export const a${index} = ${index}\n`).join("")

const product = ["domain/src/model", "database/src", "server/src", "worker/src/net", "cli/src"].map(
  (folder) => `packages/${folder}`
)

/** A habit is tried in every package of the backend: a glob that misses one would go unnoticed. */
const everywhere = (name: string, rule: string, text: string): ReadonlyArray<Sample> =>
  product.map((folder) => bad(`${folder}/Gate${name}.ts`, rule, text))

export const lintSamples: ReadonlyArray<Sample> = [
  // Who may import whom
  wrongImport("packages/domain/src/model/GateNode.ts", 'export { readFile } from "node:fs"\n'),
  wrongImport("packages/domain/src/model/GateRules.ts", 'export { slotAt } from "../rules/slots.ts"\n'),
  wrongImport(
    "packages/domain/src/model/GateSql.ts",
    'import type { SqlClient } from "effect/sql"\nexport type A = SqlClient.SqlClient\n'
  ),
  wrongImport(
    "packages/domain/src/model/GatePlatform.ts",
    'import * as Runtime from "@effect/platform-node/NodeRuntime"\nexport const a = Runtime\n'
  ),
  wrongImport("packages/domain/src/rules/GateTypes.ts", 'export { http } from "../monitor-types/http.ts"\n'),
  wrongImport("packages/domain/src/rules/GateOutside.ts", 'export const load = () => import("node:os")\n'),
  wrongImport("packages/domain/src/monitor-types/GateApi.ts", 'export { Api } from "../api/Api.ts"\n'),
  wrongImport("packages/domain/src/monitor-types/GatePattern.ts", 'export { RE2JS } from "re2js"\n'),
  clean("packages/domain/src/rules/GatePattern.ts", 'export { RE2JS } from "re2js"\n'),
  wrongImport("packages/domain/src/channel-types/GateDatabase.ts", 'export * from "@v-insight/database/Keys"\n'),
  wrongImport("packages/domain/src/channel-types/GateSql.ts", 'export * from "@effect/sql-pg"\n'),
  wrongImport("packages/domain/src/api/GateDatabase.ts", 'export * from "@v-insight/database/Keys"\n'),
  wrongImport("packages/domain/src/api/GateRules.ts", 'export { decide } from "../rules/decide.ts"\n'),
  wrongImport("packages/domain/src/GateTop.ts", 'export { join } from "path"\n'),
  wrongImport(
    "packages/database/src/repo/OverviewGate.ts",
    'import type { SqlClient } from "effect/sql"\nexport type A = SqlClient.SqlClient\n'
  ),
  clean(
    "packages/database/src/repo/HistoryGate.ts",
    'import { TenantSql } from "../TenantSql.ts"\nexport const a = TenantSql\n'
  ),
  wrongImport("packages/database/src/GateServer.ts", 'export * from "@v-insight/server/main"\n'),
  wrongImport("packages/database/src/GateWorker.ts", 'export * from "../../worker/src/Checker.ts"\n'),
  wrongImport(
    "packages/server/src/GateWorker.ts",
    'import type { Checker } from "@v-insight/worker/Checker"\nexport type A = Checker\n'
  ),
  wrongImport("packages/server/src/GateWorker.test.ts", 'export * from "@v-insight/worker/Checker"\n'),
  wrongImport("packages/worker/src/GateServer.ts", 'export * from "@v-insight/server/main"\n'),
  wrongImport(
    "packages/worker/src/GateApi.ts",
    'import type { Api } from "@v-insight/domain/api/Api"\nexport type A = Api\n'
  ),
  wrongImport("packages/worker/src/net/GateApi.ts", 'export * from "@v-insight/domain/api/Api"\n'),
  wrongImport("packages/web/src/lib/GateEffect.ts", 'import { Effect } from "effect"\nexport const a = Effect.void\n'),
  wrongImport(
    "packages/web/src/lib/GateValue.svelte",
    svelte('import { monitorStatuses } from "@v-insight/domain/model/Monitor"; export const a = monitorStatuses')
  ),
  wrongImport("packages/web/src/lib/server/GateDatabase.ts", 'export * from "@v-insight/database/Keys"\n'),
  wrongImport(
    "packages/web/src/routes/gate/+page.server.ts",
    'import type { Policy } from "@v-insight/domain/rules/decide"\nexport type A = Policy\n'
  ),
  bad("packages/cli/src/GateIndex.ts", "eslint(no-restricted-imports)", 'export * from "@effect/platform-node"\n'),
  bad(
    "packages/database/src/GateEffect3.ts",
    "eslint(no-restricted-imports)",
    'export * from "@effect/platform/Http"\n'
  ),
  bad(
    "packages/domain/src/rules/GateClock.ts",
    "eslint(no-restricted-imports)",
    'import { Clock } from "effect"\nexport const a = Clock\n'
  ),
  bad(
    "packages/domain/src/rules/GateClockModule.ts",
    "eslint(no-restricted-imports)",
    'import * as Clock from "effect/Clock"\nexport const a = Clock\n'
  ),
  bad(
    "packages/domain/src/rules/GateRun.ts",
    "eslint(no-restricted-properties)",
    'import { Effect } from "effect"\nexport const a = Effect.runSync(Effect.void)\n'
  ),
  bad(
    "packages/domain/src/rules/GateNow.ts",
    "eslint(no-restricted-properties)",
    'import { DateTime } from "effect"\nexport const a = DateTime.now\n'
  ),
  bad(
    "packages/server/src/GateCycleA.ts",
    "import(no-cycle)",
    'import { b } from "./GateCycleB.ts"\nexport const a = (): number => b() + 1\n'
  ),
  bad(
    "packages/server/src/GateCycleB.ts",
    "import(no-cycle)",
    'import { a } from "./GateCycleA.ts"\nexport const b = (): number => a() + 1\n'
  ),

  // One way out
  dials("packages/server/src/GateNet.ts", 'import { connect } from "node:net"\nexport const a = connect\n'),
  dials(
    "packages/server/src/GateHttp.ts",
    'import { createServer, request } from "node:http"\nexport const a = [createServer, request]\n'
  ),
  dials("packages/server/src/GateHttps.ts", 'import https from "https"\nexport const a = https\n'),
  dials("packages/server/src/GateClient.ts", 'import { HttpClient } from "effect/http"\nexport const a = HttpClient\n'),
  dials("packages/worker/src/GateTls.ts", 'import * as tls from "node:tls"\nexport const a = tls\n'),
  dials("packages/worker/src/GateDns.ts", 'export { lookup } from "node:dns/promises"\n'),
  dials("packages/worker/src/GateUdp.ts", 'export const load = () => import("node:dgram")\n'),
  dials("packages/worker/src/GateHttp2.ts", 'import { connect } from "node:http2"\nexport const a = connect\n'),
  dials("packages/server/src/GateHttp2.ts", 'import * as http2 from "http2"\nexport const a = http2\n'),
  dials("packages/worker/src/GateChild.ts", 'import { spawn } from "node:child_process"\nexport const a = spawn\n'),
  dials("packages/server/src/GateRequire.ts", 'export { createRequire } from "node:module"\n'),
  dials("packages/worker/src/GateSockets.ts", 'import WebSocket from "ws"\nexport const a = WebSocket\n'),
  dials("packages/worker/src/GatePostgres.ts", 'import pg from "pg"\nexport const a = pg\n'),
  dials("packages/worker/src/GateMysql.ts", 'export { createConnection } from "mysql2/promise"\n'),
  dials("packages/server/src/GateMail.ts", 'import nodemailer from "nodemailer"\nexport const a = nodemailer\n'),
  wrongImport("packages/worker/src/net/GateSockets.ts", 'export { default } from "ws"\n'),
  wrongImport("packages/worker/src/net/GateMail.ts", 'export { createTransport } from "nodemailer"\n'),
  wrongImport("packages/worker/src/net/GateMailClient.ts", 'export { ImapFlow } from "imapflow"\n'),
  clean("packages/worker/src/net/GateLetterClient.ts", 'export { createTransport } from "nodemailer"\n'),
  clean("packages/worker/src/net/GateSocketsClient.ts", 'import { WebSocket } from "ws"\nexport const a = WebSocket\n'),
  bad(
    "packages/worker/src/GateWebSocket.ts",
    "eslint(no-restricted-globals)",
    'export const a = () => new WebSocket("ws://example.org")\n'
  ),
  bad(
    "packages/server/src/GateEvents.ts",
    "eslint(no-restricted-globals)",
    'export const a = () => new globalThis.EventSource("http://example.org")\n'
  ),
  bad(
    "packages/server/src/GateFetch.ts",
    "eslint(no-restricted-globals)",
    'export const a = () => fetch("http://example.org")\n'
  ),
  bad(
    "packages/worker/src/GateFetch.ts",
    "eslint(no-restricted-globals)",
    'export const a = () => globalThis.fetch("http://example.org")\n'
  ),

  // Habits
  ...everywhere(
    "Try",
    "house(no-try)",
    "export const a = (f: () => void) => {\n  try {\n    f()\n  } catch {\n    return 1\n  }\n  return 2\n}\n"
  ),
  ...everywhere("Throw", "house(no-throw)", 'export const a = () => {\n  throw new Error("x")\n}\n'),
  ...everywhere("Async", "oxc(no-async-await)", "export const a = async () => 1\n"),
  ...everywhere("Env", "node(no-process-env)", 'export const a = process.env["HOME"]\n'),
  ...everywhere("Console", "eslint(no-console)", 'export const a = () => console.log("x")\n'),
  ...everywhere("Timer", "eslint(no-restricted-globals)", "export const a = (f: () => void) => setTimeout(f, 1)\n"),
  ...everywhere("Date", "eslint(no-restricted-globals)", "export const a = () => Date.now()\n"),
  ...everywhere("NewDate", "eslint(no-restricted-globals)", "export const a = () => new Date()\n"),
  ...everywhere("Random", "eslint(no-restricted-properties)", "export const a = () => Math.random()\n"),
  ...everywhere("Any", "typescript(no-explicit-any)", "export const a = (b: any) => b\n"),
  // Rules that need types: they are silent when the linter cannot build a program.
  ...everywhere(
    "Floating",
    "typescript(no-floating-promises)",
    "export const a = (f: () => Promise<number>) => {\n  f()\n}\n"
  ),
  bad(
    "packages/worker/src/GateSwitch.ts",
    "typescript(switch-exhaustiveness-check)",
    'export const a = (kind: "x" | "y") => {\n  switch (kind) {\n    case "x":\n      return 1\n  }\n  return 2\n}\n'
  ),
  bad(
    "packages/web/src/lib/GateFloating.ts",
    "typescript(no-floating-promises)",
    "export const a = (f: () => Promise<number>) => {\n  f()\n}\n"
  ),
  bad("packages/web/src/lib/GateAny.svelte", "typescript(no-explicit-any)", svelte("export const a = (b: any) => b")),
  bad("packages/web/src/lib/GateConsole.svelte", "eslint(no-console)", svelte('console.log("x")')),
  bad(
    "packages/web/src/lib/GateStorage.svelte",
    "eslint(no-restricted-globals)",
    svelte('export const a = window.localStorage.getItem("token")')
  ),
  bad("scripts/gateAny.ts", "typescript(no-explicit-any)", "export const a = (b: any) => b\n"),
  bad("bench/gateAny.ts", "typescript(no-explicit-any)", "export const a = (b: any) => b\n"),
  bad("e2e/gateAny.ts", "typescript(no-explicit-any)", "export const a = (b: any) => b\n"),
  bad(
    "packages/worker/src/Gate.test.ts",
    "house(no-focused-test)",
    'import { it } from "vitest"\nit.skip("waits", () => {})\n'
  ),
  bad(
    "e2e/gate.spec.ts",
    "house(no-focused-test)",
    'import { test } from "@playwright/test"\ntest.only("alone", () => {})\n'
  ),
  ...["packages/domain/src/rules/GateLong.ts", "packages/web/src/lib/gateLong.ts"].map((file) =>
    bad(file, "eslint(max-lines)", linesOf(301))
  ),
  bad("packages/cli/src/main.ts", "eslint(max-lines)", linesOf(66)),
  clean("packages/worker/src/testing/GateLong.ts", linesOf(301)),
  bad("packages/server/src/GateIgnore.ts", "typescript(ban-ts-comment)", "// @ts-ignore\nexport const a: number = 1\n"),

  // What must stay allowed
  clean(
    "packages/domain/src/model/GateClean.ts",
    'import { Schema } from "effect"\nimport { Timestamp } from "./Timestamp.ts"\nexport const Clean = Schema.Struct({ at: Timestamp })\n'
  ),
  clean(
    "packages/domain/src/rules/GateClean.ts",
    'import type { MonitorStatus } from "../model/Monitor.ts"\nexport const isUp = (status: MonitorStatus) => status === "up"\n'
  ),
  clean(
    "packages/domain/src/api/GateClean.ts",
    'import { monitorTypeNames } from "../monitor-types/registry.ts"\nexport const names = monitorTypeNames\n'
  ),
  clean("packages/database/src/GateClean.ts", 'import { homedir } from "node:os"\nexport const home = homedir\n'),
  clean(
    "packages/server/src/GateClean.ts",
    'import { createServer, type Server } from "node:http"\nexport const serve = (): Server => createServer()\n'
  ),
  clean(
    "packages/worker/src/net/GateClean.ts",
    'import * as net from "node:net"\nexport const dial = (port: number) => net.connect(port)\n'
  ),
  clean(
    "packages/worker/src/GateClean.test.ts",
    'import { createServer } from "node:http"\nimport { assert, it } from "@effect/vitest"\nit("serves", () => {\n  assert.isFunction(createServer)\n})\n'
  ),
  clean(
    "packages/web/src/lib/GateClean.ts",
    'import type { MonitorStatus } from "@v-insight/domain/model/Monitor"\nexport const isUp = (status: MonitorStatus) => status === "up"\n'
  ),
  clean(
    "packages/web/src/lib/server/GateClean.ts",
    'import { Effect } from "effect"\nexport const nothing = Effect.void\n'
  )
]
