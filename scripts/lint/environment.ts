/**
 * Every variable that the product reads stands in .env.example exactly once, with its meaning above it, and nothing
 * stands there that is not read. Exits 1 with one line per fault.
 */
import { globSync, readFileSync } from "node:fs"

const name = /\b(VINSIGHT_[A-Z0-9_]+|DATABASE_URL)\b/g

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
  const variable = /^#?\s?(VINSIGHT_[A-Z0-9_]+|DATABASE_URL)=/.exec(line)?.[1]
  if (variable === undefined) return
  if (described.has(variable)) faults.push(`.env.example:${index + 1} names ${variable} a second time.`)
  if (!/^#\s/.test(lines[index - 1] ?? ""))
    faults.push(`.env.example:${index + 1} ${variable} has no comment above it.`)
  described.set(variable, index + 1)
})

for (const [variable, file] of readBy) {
  if (!described.has(variable)) faults.push(`${variable} is read in ${file} but not described in .env.example.`)
}
for (const [variable, line] of described) {
  if (!readBy.has(variable)) faults.push(`.env.example:${line} describes ${variable}, which nothing reads.`)
}
for (const fault of faults) console.error(fault)
console.log(`${sources.length} files read, ${readBy.size} variables, ${faults.length} faults.`)
process.exitCode = faults.length > 0 || sources.length === 0 ? 1 : 0
