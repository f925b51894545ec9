/**
 * The one gate, the same on a laptop and in CI: cheap to dear, each step named with its seconds, stops at the first
 * red. `npm run check` runs all; `npm run check -- lint types` runs those; `npm run check -- --without tests` the rest.
 */
import { spawnSync } from "node:child_process"
import path from "node:path"

interface Step {
  readonly name: string
  /** Programs from node_modules/.bin with their arguments, one after the other. */
  readonly commands: ReadonlyArray<ReadonlyArray<string>>
  readonly cwd?: string
}

const root = path.resolve(import.meta.dirname, "..")
const projects = ["domain", "database", "server", "worker", "cli"].map((name) => `packages/${name}/tsconfig.json`)

const steps: ReadonlyArray<Step> = [
  { name: "lockfile", commands: [["node", "scripts/lint/lockfile.ts"]] },
  { name: "environment", commands: [["node", "scripts/lint/environment.ts"]] },
  { name: "format", commands: [["oxfmt", "--check", "."]] },
  // Writes the tsconfig that the web's own extends: every later step reads it.
  { name: "web-sync", commands: [["svelte-kit", "sync"]], cwd: "packages/web" },
  { name: "lint", commands: [["oxlint"]] },
  { name: "types", commands: [["tsc", "-b"]] },
  {
    name: "effect",
    commands: projects.map((project) => [
      "effect-tsgo",
      "diagnostics",
      "--strict",
      "--format",
      "text",
      "--project",
      project
    ])
  },
  { name: "web-types", commands: [["svelte-check", "--tsgo", "--fail-on-warnings"]], cwd: "packages/web" },
  { name: "unused", commands: [["knip", "--no-progress", "--treat-config-hints-as-errors"]] },
  { name: "gates", commands: [["node", "scripts/check-gates.ts"]] },
  { name: "tests", commands: [["vitest", "run", "--project=!peers"]] }
]

const run = ([program, ...args]: ReadonlyArray<string>, folder = "."): boolean => {
  const cwd = path.join(root, folder)
  const places = [path.join(cwd, "node_modules/.bin"), path.join(root, "node_modules/.bin"), process.env["PATH"]]
  const { status, error } = spawnSync(program!, args, {
    cwd,
    stdio: "inherit",
    env: { ...process.env, PATH: places.join(path.delimiter) },
    shell: process.platform === "win32"
  })
  if (error !== undefined) console.error(`${program} did not start: ${error.message}. Run npm install first.`)
  return status === 0
}

const chosen = (args: ReadonlyArray<string>): ReadonlyArray<Step> => {
  const isWithout = args[0] === "--without"
  const names = isWithout ? args.slice(1) : args
  const unknown = names.filter((name) => !steps.some((step) => step.name === name))
  if (unknown.length > 0) {
    console.error(`No such step: ${unknown.join(", ")}. There are: ${steps.map(({ name }) => name).join(", ")}.`)
    process.exit(2)
  }
  return names.length === 0 ? steps : steps.filter(({ name }) => names.includes(name) !== isWithout)
}

for (const step of chosen(process.argv.slice(2))) {
  console.log(`\n── ${step.name}`)
  const start = performance.now()
  const isGreen = step.commands.every((command) => run(command, step.cwd))
  console.log(`── ${step.name} ${isGreen ? "ok" : "FAILED"} in ${((performance.now() - start) / 1000).toFixed(1)} s`)
  if (!isGreen) process.exit(1)
}
