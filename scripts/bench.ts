/**
 * npm run bench [-- name ...] [--option ...]: figures beside their limits, as ratios within one run. Loopback only; each stops by
 * itself. What takes long runs only when it is named. Build first (npm run build): the bundles are what production runs. Linux, because it reads /proc.
 */
import { spawnSync } from "node:child_process"
import { existsSync } from "node:fs"
import path from "node:path"

const usual = ["checks", "worker", "hanging", "api", "history", "start"]
const names = [...usual, "alerts", "escalations", "scale", "soak"]
const folder = path.resolve(import.meta.dirname, "../bench")
const given = process.argv.slice(2)
const firstOption = given.findIndex((word) => word.startsWith("--"))
const asked = firstOption === -1 ? given : given.slice(0, firstOption)
const options = firstOption === -1 ? [] : given.slice(firstOption)
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
for (const name of asked.length === 0 ? usual : asked) {
  const { status: own } = spawnSync(process.execPath, [path.join(folder, `${name}.ts`), ...options], {
    stdio: "inherit"
  })
  if (own !== 0) status = 1
}
process.exitCode = status
