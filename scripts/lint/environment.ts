/**
 * Every variable that the product reads stands in .env.example exactly once, with its meaning above it, and nothing
 * stands there that is not read. docker-compose.yml passes each of them on, or it would do nothing there, in silence.
 * Exits 1 with one line per fault.
 */
import { globSync, readFileSync } from "node:fs"

const name = /\b(VINSIGHT_[A-Z0-9_]+|DATABASE(_[A-Z]+)?_URL)\b/g

/** What docker-compose.yml does not pass on. */
const notInCompose: ReadonlySet<string> = new Set([
  // It brings a PostgreSQL of its own, without a pooler, and every login follows from the secret.
  "DATABASE_DIRECT_URL",
  "VINSIGHT_API_DATABASE_URL",
  "VINSIGHT_WORKER_DATABASE_URL",
  "VINSIGHT_PROXY_SECRET",
  // Of npm start only.
  "VINSIGHT_DATA_DIR",
  "VINSIGHT_PG_BIN",
  "VINSIGHT_PARENT_PIPE",
  // Each container has its own address and ports.
  "VINSIGHT_HOST",
  "VINSIGHT_API_PORT",
  "VINSIGHT_WORKER_PORT",
  "VINSIGHT_RUNNER_PORT"
])

const sources = globSync("packages/*/{src/**/*.{ts,svelte},*.{ts,js}}").filter(
  (file) => !/\.test\.ts$|[\\/](testing|\.svelte-kit|build)[\\/]/.test(file)
)
const readBy = new Map<string, string>()
for (const file of sources) {
  for (const [variable] of readFileSync(file, "utf8").matchAll(name))
    if (!readBy.has(variable)) readBy.set(variable, file)
}

const lines = readFileSync(".env.example", "utf8").split("\n")
const described = new Map<string, number>()
const faults: Array<string> = []
lines.forEach((line, index) => {
  const variable = /^#?\s?(VINSIGHT_[A-Z0-9_]+|DATABASE(?:_[A-Z]+)?_URL)=/.exec(line)?.[1]
  if (variable === undefined) return
  if (described.has(variable)) faults.push(`.env.example:${index + 1} names ${variable} a second time.`)
  if (!/^#\s/.test(lines[index - 1] ?? ""))
    faults.push(`.env.example:${index + 1} ${variable} has no comment above it.`)
  described.set(variable, index + 1)
})

for (const [variable, file] of readBy) {
  if (!described.has(variable)) faults.push(`${variable} is read in ${file} but not described in .env.example.`)
}
const compose = readFileSync("docker-compose.yml", "utf8").replaceAll(/^\s*#.*$/gm, "")
const passedOn = new Set(Array.from(compose.matchAll(name), ([variable]) => variable))
for (const [variable, line] of described) {
  if (!readBy.has(variable)) faults.push(`.env.example:${line} describes ${variable}, which nothing reads.`)
  if (!passedOn.has(variable) && !notInCompose.has(variable))
    faults.push(`.env.example:${line} describes ${variable}, which docker-compose.yml does not pass on.`)
}
for (const variable of passedOn) {
  if (!described.has(variable)) faults.push(`docker-compose.yml passes on ${variable}, which nobody described.`)
}
for (const fault of faults) console.error(fault)
console.log(`${sources.length} files read, ${readBy.size} variables, ${faults.length} faults.`)
process.exitCode = faults.length > 0 || sources.length === 0 ? 1 : 0
