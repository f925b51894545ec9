import { assert, describe, it } from "@effect/vitest"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { createInterface } from "node:readline"
import { freePort } from "./fastTarget.ts"
import { heapKinds, kindsOf } from "./heapKinds.ts"
import { inspect } from "./inspector.ts"

const mib = 2 ** 20

describe("the kinds of a heap", () => {
  it("are summed by the spaces they lie in", () => {
    const spaces = {
      old_space: 1,
      new_space: 20,
      large_object_space: 300,
      code_space: 4_000,
      code_large_object_space: 50_000,
      trusted_space: 600_000
    }
    assert.deepStrictEqual(kindsOf(spaces, 7_000_000), { data: 7_000_321, code: 654_000 })
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
      await evaluate("globalThis.buffer = Buffer.alloc(8 * 2 ** 20); undefined")
      assert.isAbove((await heapKinds(inspector)).data - kept.data, 7 * mib)
      await evaluate("delete globalThis.buffer")
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
