#!/usr/bin/env node
// The way into the command, in JavaScript that an old Node can read: it looks at the version first, then at .env, and
// hands over. `up` and `demo` stay, so they run from a bundle, which takes half of the memory; it is made when it is stale.
// @ts-check
import { spawnSync } from "node:child_process"
import { existsSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"

/** The oldest Node with everything in use: type stripping, argon2. */
const needed = [24, 7]

const root = join(dirname(fileURLToPath(import.meta.url)), "../..")
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number)
const isOld = major < needed[0] || (major === needed[0] && minor < needed[1])

/** @returns {Promise<unknown>} */
const handOver = () => {
  process.chdir(root)
  // What is set already wins over the file. A demo is not what the file is about.
  const command = process.argv[2] ?? ""
  if (command !== "demo" && existsSync(".env")) process.loadEnvFile(".env")
  if (!["up", "demo"].includes(command)) return import("./src/main.ts")
  const { status } = spawnSync(process.execPath, [join(root, "packages/cli/src/build.ts"), "cli"], { stdio: "inherit" })
  if (status !== 0) {
    console.error("The build failed, its messages above say why: run npm install, then start again")
    process.exit(1)
  }
  // In a variable, because the file exists only after the build.
  const bundle = new URL("../../dist/cli/main.js", import.meta.url).href
  return import(bundle)
}

if (isOld) {
  console.error(
    `V-Insight needs Node.js ${needed.join(".")} or newer, this is ${process.versions.node}: run npm install and use npm start, which brings its own Node, or install it from https://nodejs.org`
  )
  process.exitCode = 1
} else await handOver()
