/**
 * What a V8 heap is made of, from its spaces. A snapshot would tell it to the byte, but leaves the process with a
 * hundred MiB of emptied malloc pools, so that nothing can be said of its resident memory any more.
 */
import type { Inspector } from "./inspector.ts"

/** Bytes. */
export interface HeapKinds {
  /**
   * What the program made and still holds: objects, closures, strings, buffers. What V8 notes of types and shapes lies
   * among them.
   */
  readonly data: number
  /** What V8 compiled: machine code, and what functions are interpreted from. */
  readonly code: number
}

/** As `v8.getHeapSpaceStatistics` names them: `trusted` ones hold bytecode and the notes of compiled code. */
const isOfCode = (space: string): boolean => space.includes("code") || space.includes("trusted")

export const kindsOf = (spaces: Readonly<Record<string, number>>, buffers: number): HeapKinds => {
  if (!("old_space" in spaces && "code_space" in spaces))
    throw new Error("This version of V8 names its spaces in another way.")
  const sums = { data: buffers, code: 0 }
  for (const [space, bytes] of Object.entries(spaces)) sums[isOfCode(space) ? "code" : "data"] += bytes
  return sums
}

const figures = `JSON.stringify({
  spaces: Object.fromEntries(process.getBuiltinModule("node:v8").getHeapSpaceStatistics()
    .map((space) => [space.space_name, space.space_used_size])),
  buffers: process.memoryUsage().arrayBuffers
})`

/** After a full collection, during which the process stands still for some 50 ms. */
export const heapKinds = async (inspector: Inspector): Promise<HeapKinds> => {
  await inspector.send("HeapProfiler.collectGarbage")
  const { result } = await inspector.send("Runtime.evaluate", { expression: figures, returnByValue: true })
  const { buffers, spaces } = JSON.parse((result as { readonly value: string }).value) as {
    readonly spaces: Readonly<Record<string, number>>
    readonly buffers: number
  }
  return kindsOf(spaces, buffers)
}
