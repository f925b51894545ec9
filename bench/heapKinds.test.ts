import { assert, describe, it } from "@effect/vitest"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { createInterface } from "node:readline"
import { freePort } from "./fastTarget.ts"
import { heapKinds, kindsOf } from "./heapKinds.ts"
import { inspect } from "./inspector.ts"

const mib = 2 ** 20

describe("the kinds of a heap", () => {
  it("are summed by what V8 calls them", () => {
    const meta = {
      node_fields: ["type", "name", "id", "self_size"],
      node_types: [["hidden", "object", "string", "code", "object shape"], "string", "number", "number"]
    }
    const sizes = [1, 20, 300, 4_000, 50_000]
    const nodes = sizes.flatMap((size, type) => [type, 0, type, size])
    assert.deepStrictEqual(kindsOf({ snapshot: { meta }, nodes }), { data: 320, code: 54_001 })
  })

  it("tell what a process keeps from what was compiled for it", async () => {
    const port = await freePort()
    const idle = "setInterval(() => {}, 1000); console.log('ready')"
    const child = spawn(process.execPath, [`--inspect=127.0.0.1:${port}`, "-e", idle], {
      stdio: ["ignore", "pipe", "ignore"]
    })
    const gone = once(child, "exit")
    try {
      await once(createInterface({ input: child.stdout }), "line")
      const inspector = await inspect(port)
      const evaluate = (expression: string) => inspector.send("Runtime.evaluate", { expression })
      const before = await heapKinds(inspector)
      await evaluate(
        "globalThis.kept = Array.from({ length: 50_000 }, (_, index) => ({ index, text: 'kept ' + index })); undefined"
      )
      const kept = await heapKinds(inspector)
      assert.isAbove(kept.data - before.data, 2 * mib)
      assert.isBelow(kept.code - before.code, mib / 4)
      // One function of many branches, which V8 compiles; what it returned is not kept.
      const branches =
        "Array.from({ length: 5000 }, (_, index) => 'if (it === ' + index + ') it += ' + index).join('\\n')"
      await evaluate(`globalThis.long = new Function('it', ${branches} + '\\nreturn it'); long(1); undefined`)
      const compiled = await heapKinds(inspector)
      assert.isAbove(compiled.code - kept.code, mib / 32)
      await evaluate("delete globalThis.kept")
      const dropped = await heapKinds(inspector)
      assert.isBelow(dropped.data - before.data, mib / 2)
      inspector.close()
    } finally {
      child.kill()
      await gone
    }
  })
})
