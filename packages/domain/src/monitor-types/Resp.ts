/** The part of Redis' protocol (RESP2) that a check needs: commands out, single values back, all bounded. */
import { Effect } from "effect"
import type { DialFailed } from "./Conversation.ts"
import { decode, type Reader } from "./Reader.ts"
import { quoted, Refused } from "./Refused.ts"

/** Of one value, bytes. */
export const maxValue = 64 * 1024

export type Resp =
  | { readonly kind: "text"; readonly text: string; readonly bytes: number }
  | { readonly kind: "error"; readonly text: string }
  | { readonly kind: "null" }

/** A command as an array of bulk strings; words may hold anything. */
export const command = (words: ReadonlyArray<string>): Uint8Array => {
  const encoder = new TextEncoder()
  return encoder.encode(
    `*${words.length}\r\n${words.map((word) => `$${encoder.encode(word).length}\r\n${word}\r\n`).join("")}`
  )
}

export const readResp = (reader: Reader): Effect.Effect<Resp, DialFailed | Refused> =>
  Effect.gen(function* () {
    const line = yield* reader.line
    const rest = line.slice(1)
    switch (line[0]) {
      case "+":
      case ":":
        return { kind: "text", text: rest, bytes: rest.length }
      case "-":
        return { kind: "error", text: rest }
      case "$": {
        if (rest === "-1") return { kind: "null" }
        if (!/^\d{1,10}$/.test(rest)) return yield* notRedis(line)
        const length = Number(rest)
        if (length > maxValue) {
          return yield* new Refused({
            code: "too_much",
            message: `The value has ${length} bytes; V-Insight reads at most ${maxValue}.`
          })
        }
        const bytes = yield* reader.exactly(length + 2)
        if (bytes[length] !== 13 || bytes[length + 1] !== 10) return yield* notRedis(decode(bytes))
        return { kind: "text", text: decode(bytes.subarray(0, length)), bytes: length }
      }
      default:
        return yield* notRedis(line)
    }
  })

const notRedis = (said: string) =>
  Effect.fail(
    new Refused({ code: "not_redis", message: `The answer is not of Redis: "${quoted(said)}".`, answer: said })
  )
