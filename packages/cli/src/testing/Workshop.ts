/** A copy of the product's sources in a folder of its own, to change and to run, while the real ones stay as they are. */
import { Effect, type Scope } from "effect"
import { spawn } from "node:child_process"
import { cpSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, symlinkSync } from "node:fs"
import { tmpdir } from "node:os"
import path from "node:path"
import { createInterface } from "node:readline"

const root = path.resolve(import.meta.dirname, "../../../..")
const sources = [
  "migrations",
  "tsconfig.base.json",
  "packages/domain/tsconfig.json",
  ...["domain", "database", "server", "worker"].flatMap((name) => [
    `packages/${name}/package.json`,
    `packages/${name}/src`
  ]),
  "packages/web/package.json",
  "packages/web/src/lib"
]

export interface Workshop {
  readonly folder: string
  /** Runs a main.ts until the scope ends; answers with the port where it listens. */
  readonly start: (main: string, env: Readonly<Record<string, string>>) => Effect.Effect<number, never, Scope.Scope>
  /** Runs Node to its end; answers with what it prints, and dies of what it complains about. */
  readonly node: (...args: ReadonlyArray<string>) => Effect.Effect<string>
}

export const workshop: Effect.Effect<Workshop, never, Scope.Scope> = Effect.map(
  Effect.acquireRelease(Effect.sync(copy), (folder) =>
    Effect.sync(() => rmSync(folder, { recursive: true, force: true }))
  ),
  (folder) => ({
    folder,
    start: (main, env) => start(path.join(folder, main), env),
    node: (...args) => node(folder, args)
  })
)

function copy(): string {
  // Node names modules by their real path, and macOS keeps its temporary folder behind a link.
  const folder = realpathSync(mkdtempSync(path.join(tmpdir(), "v-insight-workshop-")))
  for (const source of sources) {
    cpSync(path.join(root, source), path.join(folder, source), {
      recursive: true,
      filter: (file) => !/\.test\.ts$|[/\\]testing$|\.svelte$/.test(file)
    })
  }
  const modules = path.join(folder, "node_modules")
  mkdirSync(path.join(modules, "@v-insight"), { recursive: true })
  const link = (from: string, to: string) => symlinkSync(from, to, "junction")
  for (const name of readdirSync(path.join(root, "node_modules"))) {
    if (!name.startsWith(".") && name !== "@v-insight") {
      link(path.join(root, "node_modules", name), path.join(modules, name))
    }
  }
  for (const name of ["domain", "database", "server", "worker"]) {
    link(path.join(folder, "packages", name), path.join(modules, "@v-insight", name))
  }
  return folder
}

const start = (main: string, env: Readonly<Record<string, string>>): Effect.Effect<number, never, Scope.Scope> =>
  Effect.map(
    Effect.acquireRelease(
      Effect.callback<{ readonly port: number; readonly end: () => Promise<unknown> }>((resume) => {
        const child = spawn(process.execPath, [main], {
          env: { PATH: process.env["PATH"], ...env },
          stdio: ["ignore", "pipe", "inherit"]
        })
        const exited = new Promise((resolve) => child.once("exit", resolve))
        const end = () => {
          child.kill("SIGKILL")
          return exited
        }
        createInterface({ input: child.stdout }).on("line", (line) => {
          const { annotations, level, message } = JSON.parse(line)
          if (message === "listening") resume(Effect.succeed({ port: annotations.port, end }))
          if (level === "ERROR" || level === "FATAL") process.stderr.write(`${line}\n`)
        })
        void exited.then(() => resume(Effect.die(new Error(`${main} ended before it listened`))))
      }),
      ({ end }) => Effect.promise(end)
    ),
    ({ port }) => port
  )

const node = (folder: string, args: ReadonlyArray<string>): Effect.Effect<string> =>
  Effect.callback((resume) => {
    const child = spawn(process.execPath, args, { cwd: folder })
    let said = ""
    child.stdout.on("data", (part) => (said += part))
    child.stderr.on("data", (part) => (said += part))
    child.once("close", (code) => resume(code === 0 ? Effect.succeed(said) : Effect.die(new Error(said))))
    return Effect.sync(() => child.kill("SIGKILL"))
  })
