/** The real Pinger as tests need it: with programs of the system, or with programs that a test writes. */
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import path from "node:path"
import { ping } from "@v-insight/domain/monitor-types/ping"
import { Pinger } from "@v-insight/domain/monitor-types/Pinger"
import { Effect, Schema, type Scope } from "effect"
import { PingBatches } from "../PingBatches.ts"
import { SafePinger } from "../SafePinger.ts"
import { resolveFrom, testEnvironment } from "./TestDialer.ts"

export interface Programs {
  readonly folder: string
  /** The arguments of every call so far, as one text. */
  readonly calls: () => ReadonlyArray<string>
}

/** A folder with these shell scripts as programs; each call is noted down before the script runs. */
export const programs = (
  scripts: Readonly<Partial<Record<"fping" | "ping", string>>>
): Effect.Effect<Programs, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const folder = mkdtempSync(path.join(tmpdir(), "v-insight-ping-"))
      const notes = path.join(folder, "calls")
      writeFileSync(notes, "")
      for (const [name, script] of Object.entries(scripts)) {
        const file = path.join(folder, name)
        writeFileSync(file, `#!/bin/sh\necho "${name} $*" >> ${notes}\n${script}\n`)
        chmodSync(file, 0o755)
      }
      return {
        folder,
        calls: () =>
          readFileSync(notes, "utf8")
            .split("\n")
            .filter((line) => line !== "")
      }
    }),
    ({ folder }) => Effect.sync(() => rmSync(folder, { recursive: true, force: true }))
  )

export interface TestPingerOptions {
  /** Where programs are looked for; those of the system unless given. */
  readonly searchPath?: string
  readonly allowed?: ReadonlyArray<string>
  readonly names?: Readonly<Record<string, ReadonlyArray<string>>>
}

export const testPinger = ({ allowed, names = {}, searchPath }: TestPingerOptions = {}) =>
  Effect.map(
    Effect.acquireRelease(
      Effect.sync(() => new PingBatches(searchPath)),
      (it) => Effect.sync(() => it.close())
    ),
    (batches) => SafePinger.make(testEnvironment(allowed, resolveFrom(names)), batches)
  )

const decode = Schema.decodeUnknownEffect(ping.settings)

export const checkPing = (pinger: Pinger["Service"], settings: Readonly<Record<string, unknown>>, timeoutMs = 2_000) =>
  Effect.flatMap(decode(settings), (it) => ping.check(it, { timeoutMs })).pipe(Effect.provideService(Pinger, pinger))
