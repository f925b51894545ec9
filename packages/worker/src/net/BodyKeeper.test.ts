import * as zlib from "node:zlib"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { BodyKeeper } from "./BodyKeeper.ts"

interface Kept {
  readonly text: string
  readonly isTruncated: boolean
  readonly error: string | undefined
}

/** Feeds a body in reads of `size` bytes, each cut into pieces of `piece` bytes, waiting when asked to. */
const keep = (coding: ReadonlyArray<string>, body: Uint8Array, { limit = 1000, size = 64, piece = 7 } = {}) =>
  Effect.callback<Kept>((resume) => {
    const headers = coding.map((value) => ["content-encoding", value] as const)
    const buffer = Buffer.alloc(size)
    let at = 0
    let isWaiting = false
    const read = (): void => {
      isWaiting = false
      while (at < body.length) {
        const count = Math.min(size, body.length - at)
        buffer.set(body.subarray(at, at + count))
        at += count
        for (let from = 0; from < count; from += piece)
          keeper.push(buffer.subarray(from, Math.min(from + piece, count)))
        const hasRoom = keeper.flush()
        buffer.fill(0) // it is read into again
        if (!hasRoom) return void (isWaiting = true)
      }
      keeper.end((error) => {
        const text = Buffer.from(keeper.bytes()).toString("latin1")
        keeper.close()
        resume(Effect.succeed({ text, isTruncated: keeper.isTruncated, error }))
      })
    }
    const keeper = new BodyKeeper(headers, limit, () => isWaiting && read())
    read()
  })

const text = "Hello, world. ".repeat(50)
const whole: Kept = { text, isTruncated: false, error: undefined }
const cut: Kept = { text: text.slice(0, 100), isTruncated: true, error: undefined }

const codings: ReadonlyArray<[coding: string, encode: (text: string) => Uint8Array]> = [
  ["gzip", zlib.gzipSync],
  ["x-gzip", zlib.gzipSync],
  ["GZIP", zlib.gzipSync],
  ["deflate", zlib.deflateSync],
  ["deflate", zlib.deflateRawSync],
  ["br", zlib.brotliCompressSync],
  ["zstd", zlib.zstdCompressSync]
]

describe("BodyKeeper", () => {
  it.live.each(codings)("decodes %s", ([coding, encode]) =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* keep([coding], encode(text)), whole)
      assert.deepStrictEqual(yield* keep([coding], encode(text), { size: 1, piece: 1 }), whole)
      assert.deepStrictEqual(yield* keep([coding], encode(text), { limit: text.length }), whole)
      assert.deepStrictEqual(yield* keep([coding], encode(text), { limit: 100 }), cut)
    })
  )

  it.live.each<[codings: ReadonlyArray<string>]>([
    [[]],
    [["identity"]],
    [["utf-8"]],
    [["none"]],
    [["gzip", "br"]],
    [["gzip, br"]],
    [["constructor"]]
  ])("keeps a body with the codings %j as it comes", ([coding]) =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* keep(coding, Buffer.from(text)), whole)
      assert.deepStrictEqual(yield* keep(coding, Buffer.from(text), { limit: 100 }), cut)
      assert.deepStrictEqual(yield* keep(coding, Buffer.alloc(0)), { ...whole, text: "" })
    })
  )

  it.live.each(["gzip", "deflate", "br", "zstd"])("says when %s is broken", (coding) =>
    Effect.gen(function* () {
      const kept = yield* keep([coding], Buffer.from(`\xff\xff${text}`, "latin1"))
      assert.isDefined(kept.error)
      assert.isFalse(kept.isTruncated)
    })
  )

  it.live("refuses windows of zstd that HTTP does not allow", () =>
    Effect.gen(function* () {
      const params = { [zlib.constants.ZSTD_c_windowLog]: 27 }
      const bomb = zlib.zstdCompressSync(Buffer.alloc(32 * 1024 * 1024), { params })
      const kept = yield* keep(["zstd"], bomb)
      assert.isDefined(kept.error)
    })
  )

  it.live("spends memory near its limit on a body of single bytes", () =>
    Effect.gen(function* () {
      const limit = 1024 * 1024
      const body = Buffer.alloc(limit, 0x61)
      const before = process.memoryUsage()
      const kept = yield* keep([], body, { limit, size: 65_536, piece: 1 })
      const after = process.memoryUsage()
      assert.strictEqual(kept.text.length, limit)
      assert.isBelow(after.arrayBuffers - before.arrayBuffers, 8 * limit)
    })
  )
})
