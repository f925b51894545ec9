/**
 * npm run bench [-- name ...]: figures beside their limits, as ratios within one run. Loopback only; each stops by
 * itself. Build first (npm run build): the bundles are what production runs. Linux, because it reads /proc.
 */
import { spawnSync } from "node:child_process"
import { existsSync } from "node:fs"
import path from "node:path"

const names = ["checks", "worker", "hanging", "api", "history", "start"]
const folder = path.resolve(import.meta.dirname, "../bench")
const asked = process.argv.slice(2)
const unknown = asked.filter((name) => !names.includes(name))
if (unknown.length > 0) {
  console.error(`No such benchmark: ${unknown.join(", ")}. There are: ${names.join(", ")}.`)
  process.exit(2)
}
if (!existsSync("/proc/self/stat")) {
  console.error("Benchmarks read CPU time from /proc: run them on Linux.")
  process.exit(2)
}

let status = 0
for (const name of asked.length === 0 ? names : asked) {
  const { status: own } = spawnSync(process.execPath, [path.join(folder, `${name}.ts`)], { stdio: "inherit" })
  if (own !== 0) status = 1
}
process.exitCode = status
