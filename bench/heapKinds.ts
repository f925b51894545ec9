/** What a V8 heap is made of, from a snapshot of it: exact, and without the pools and pages that V8 keeps in hand. */
import type { Inspector } from "./inspector.ts"

/** Bytes. */
export interface HeapKinds {
  /** What the program made and still holds: objects, closures, strings, buffers. */
  readonly data: number
  /** What V8 made of the program: compiled code, what it knows of types and shapes, who depends on which code. */
  readonly code: number
}

/** As the DevTools protocol has them: nodes are numbers, `node_fields.length` of them each. */
interface Snapshot {
  readonly snapshot: {
    readonly meta: {
      readonly node_fields: ReadonlyArray<string>
      /** Of the field "type", the names of its values; of the others, a word. */
      readonly node_types: ReadonlyArray<ReadonlyArray<string> | string>
    }
  }
  readonly nodes: ReadonlyArray<number>
}

/** V8's own; an object that leaks has its fields and its text among the data. */
const ofCode: ReadonlySet<string> = new Set(["code", "hidden", "object shape"])

export const kindsOf = ({ nodes, snapshot: { meta } }: Snapshot): HeapKinds => {
  const width = meta.node_fields.length
  const [type, size] = [meta.node_fields.indexOf("type"), meta.node_fields.indexOf("self_size")]
  const names = meta.node_types[type]
  if (width === 0 || size < 0 || names === undefined || typeof names === "string") {
    throw new Error("This version of V8 writes its snapshots in another way.")
  }
  const isCode = names.map((name) => ofCode.has(name))
  const sums = { data: 0, code: 0 }
  for (let at = 0; at < nodes.length; at += width)
    sums[isCode[nodes[at + type]!] ? "code" : "data"] += nodes[at + size]!
  return sums
}

/** After a full collection. The process stands still for some 50 ms a MiB, and keeps the memory that it took. */
export const heapKinds = async (inspector: Inspector): Promise<HeapKinds> => {
  const chunks: Array<string> = []
  inspector.on((method, { chunk }) => {
    if (method === "HeapProfiler.addHeapSnapshotChunk") chunks.push(String(chunk))
  })
  await inspector.send("HeapProfiler.takeHeapSnapshot", { reportProgress: false })
  return kindsOf(JSON.parse(chunks.join("")) as Snapshot)
}
