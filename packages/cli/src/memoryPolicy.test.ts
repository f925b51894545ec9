import { assert, describe, it } from "@effect/vitest"
import { readFileSync } from "node:fs"
import path from "node:path"
import { environment, workerFlags } from "./memoryPolicy.ts"

const root = path.resolve(import.meta.dirname, "../../..")
const textOf = (file: string): string => readFileSync(path.join(root, file), "utf8")

describe("the policy of memory", () => {
  it("is that of the images, too", () => {
    const dockerfile = textOf("Dockerfile")
    assert.include(dockerfile, `CMD ${JSON.stringify(["node", ...workerFlags, "main.js"]).replaceAll(",", ", ")}`)
    for (const [name, value] of Object.entries(environment)) {
      assert.match(dockerfile, new RegExp(`^ENV .*\\b${name}=${value}\\b`, "m"))
    }
    assert.include(textOf("docker-compose.yml"), ` exec node ${workerFlags.join(" ")} main.js`)
  })
})
