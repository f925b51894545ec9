import * as http from "node:http"
import { Duplex } from "node:stream"
import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Effect, Schema } from "effect"
import { ResponseParser } from "./ResponseParser.ts"

/** VINSIGHT_PROPERTY_RUNS=20000 for a long run. */
const runs = Number(process.env["VINSIGHT_PROPERTY_RUNS"] ?? 500)

interface Reading {
  readonly status: number | undefined
  readonly headers: ReadonlyArray<readonly [string, string]> | undefined
  readonly fault: string | undefined
  readonly body: string
}

const edgesOf = (bytes: Buffer, cuts: ReadonlyArray<number>): ReadonlyArray<number> =>
  [...new Set(cuts.map((cut) => cut % (bytes.length + 1))).add(bytes.length)].sort((a, b) => a - b)

const parse = (bytes: Buffer, cuts: ReadonlyArray<number> = [], method = "GET", maxHeadBytes = 4096): Reading => {
  const parts: Array<Buffer> = []
  const parser = new ResponseParser({ method, maxHeadBytes, onBody: (part) => parts.push(Buffer.from(part)) })
  let from = 0
  for (const to of edgesOf(bytes, cuts)) {
    const piece = Buffer.from(bytes.subarray(from, to))
    const isFinished = parser.push(piece)
    piece.fill(0x21) // the parser must not hold on to it
    if (isFinished) break
    from = to
  }
  parser.end()
  assert.isTrue(parser.isFinished)
  return {
    status: parser.head?.status,
    headers: parser.head?.headers,
    fault: parser.fault?.cause,
    body: Buffer.concat(parts).toString("latin1")
  }
}

const parseWithNode = (bytes: Buffer, cuts: ReadonlyArray<number>, method: string) =>
  Effect.callback<Reading, Error>((resume) => {
    const connection = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() })
    const request = http.request({ method, createConnection: () => connection }, (response) => {
      const parts: Array<Buffer> = []
      response.on("data", (part: Buffer) => parts.push(part))
      response.on("error", (error) => resume(Effect.fail(error)))
      response.on("end", () => {
        const raw = response.rawHeaders
        const headers = raw.flatMap((name, i) => (i % 2 === 0 ? [[name.toLowerCase(), raw[i + 1]!] as const] : []))
        const body = Buffer.concat(parts).toString("latin1")
        resume(Effect.succeed({ status: response.statusCode, headers, fault: undefined, body }))
      })
    })
    request.on("error", (error) => resume(Effect.fail(error)))
    request.end()
    let from = 0
    for (const to of edgesOf(bytes, cuts)) {
      if (to > from) connection.push(bytes.subarray(from, to))
      from = to
    }
    connection.push(null)
  })

const within = (minimum: number, maximum: number) => Schema.Int.check(Schema.isBetween({ minimum, maximum }))
const upTo = <S extends Schema.Top>(item: S, maxLength: number, minLength = 0) =>
  Schema.Array(item).check(Schema.isMinLength(minLength), Schema.isMaxLength(maxLength))
const text = (characters: string, maxLength: number, minLength = 0) =>
  upTo(Schema.Literals(characters.split("")), maxLength, minLength)

const Bytes = upTo(within(0, 255), 60)
const Cuts = upTo(within(0, 4000), 12)
const Headers = upTo(
  Schema.Struct({
    name: text("abcXYZ019!#$%&'*+-.^_`|~", 12, 1),
    value: text('abc019 \t"(),/:;<=>?@[]{}~\u00e9\u00ff\u00a0', 24)
  }),
  6
)
const Chunk = Schema.Struct({
  bytes: upTo(within(0, 255), 40, 1),
  extension: Schema.Literals(["", ";a", ";a=b", ';a="b c"']),
  isUpper: Schema.Boolean
})
const Recipe = Schema.Struct({
  method: Schema.Literals(["GET", "POST", "HEAD"]),
  interim: upTo(Schema.Literals([100, 102, 103]), 2),
  status: within(200, 599),
  reason: text("OK abc'\u00e9", 8),
  headers: Headers,
  blank: Schema.Literals(["", " ", "\t", "  "]),
  framing: Schema.Union([
    Schema.Struct({ kind: Schema.Literals(["length", "close"]), body: Bytes }),
    Schema.Struct({ kind: Schema.Literal("chunked"), chunks: upTo(Chunk, 5), trailers: Headers }),
    Schema.Struct({ kind: Schema.Literal("none"), status: Schema.Literals([204, 304]) })
  ])
})

const latin1 = (content: string): Buffer => Buffer.from(content, "latin1")
type Field = readonly [name: string, value: string]
const fieldsOf = (headers: (typeof Recipe.Type)["headers"]): ReadonlyArray<Field> =>
  headers.map(({ name, value }) => [`x-${name.join("")}`, value.join("").replace(/^[ \t]+|[ \t]+$/g, "")])

/** A valid response and what a reader must make of it. */
const write = ({ blank, framing, headers, interim, method, reason, status }: typeof Recipe.Type) => {
  const lines = (fields: ReadonlyArray<Field>) =>
    fields.map(([name, value]) => {
      // Node's parser overlooks "chunked" before a tab (it reads to the close), so framing fields get plain blanks.
      const around = name.startsWith("x-") ? blank : " "
      return `${name}:${around}${value}${around}\r\n`
    })
  const fields = [...fieldsOf(headers)]
  const tail: Array<Uint8Array> = []
  let body = Buffer.alloc(0)
  if (framing.kind === "length" || framing.kind === "close") {
    body = Buffer.from(framing.body)
    tail.push(body)
    if (framing.kind === "length") fields.push(["content-length", String(body.length)])
  } else if (framing.kind === "chunked") {
    fields.push(["transfer-encoding", "chunked"])
    for (const { bytes, extension, isUpper } of framing.chunks) {
      const size = bytes.length.toString(16)
      tail.push(
        latin1(`${isUpper ? size.toUpperCase() : `0${size}`}${extension}\r\n`),
        Buffer.from(bytes),
        latin1("\r\n")
      )
    }
    tail.push(latin1(`0\r\n${lines(fieldsOf(framing.trailers)).join("")}\r\n`))
    body = Buffer.concat(framing.chunks.map(({ bytes }) => Buffer.from(bytes)))
  }
  const isEmpty = method === "HEAD" || framing.kind === "none"
  const final = framing.kind === "none" ? framing.status : status === 204 || status === 304 ? 200 : status
  const start = interim.map((code) => `HTTP/1.1 ${code} Interim\r\nlink: x\r\n\r\n`).join("")
  const head = latin1(`${start}HTTP/1.1 ${final} ${reason.join("")}\r\n${lines(fields).join("")}\r\n`)
  const expected: Reading = {
    status: final,
    headers: fields.map(([name, value]) => [name.toLowerCase(), value] as const),
    fault: undefined,
    body: isEmpty ? "" : body.toString("latin1")
  }
  return { method, bytes: Buffer.concat(isEmpty ? [head] : [head, ...tail]), expected }
}

const valid = Arbitrary.schema(Recipe).pipe(Arbitrary.map(write))

const Change = Schema.Struct({
  at: within(0, 4000),
  byte: Schema.Union([within(0, 255), Schema.Literals([0, 9, 10, 13, 32, 58, 59])]),
  how: Schema.Literals(["replace", "insert", "remove", "repeat"])
})
const mutated = Arbitrary.all([valid, Arbitrary.schema(upTo(Change, 4, 1))] as const).pipe(
  Arbitrary.map(([{ bytes }, changes]) => {
    let out = bytes
    for (const { at: where, byte, how } of changes) {
      const at = where % (out.length || 1)
      const [before, after] = [out.subarray(0, at), out.subarray(at)]
      if (how === "replace") out = Buffer.concat([before, Buffer.from([byte]), after.subarray(1)])
      else if (how === "insert") out = Buffer.concat([before, Buffer.from([byte]), after])
      else if (how === "remove") out = Buffer.concat([before, after.subarray(1)])
      else out = Buffer.concat([before, out.subarray(where % 7, at)])
    }
    return out
  })
)
const garbage = Arbitrary.schema(
  Schema.Union([
    Schema.Struct({ start: Schema.Literals(["", "HTTP/1.1 200 OK\r\n"]), rest: upTo(within(0, 255), 400) }),
    Schema.Struct({
      start: Schema.Literals(["", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"]),
      rest: text("HTP/1.0 2\r\n:;chunkedtransfer-encoding", 400)
    })
  ])
).pipe(
  Arbitrary.map(({ rest, start }) =>
    Buffer.concat([latin1(start), ...rest.map((part) => (typeof part === "string" ? latin1(part) : Buffer.of(part)))])
  )
)

const check = { timeout: 120_000, arbitrary: { runs, size: 64 } }

describe("ResponseParser", () => {
  it.prop(
    "reads a valid response exactly, however it is cut",
    [valid, Cuts],
    ([{ bytes, expected, method }, cuts]) => assert.deepStrictEqual(parse(bytes, cuts, method), expected),
    check
  )

  it.live.prop(
    "reads a valid response as node:http does",
    [valid, Cuts],
    Effect.fnUntraced(function* ([{ bytes, method }, cuts]) {
      assert.deepStrictEqual(parse(bytes, cuts, method), yield* parseWithNode(bytes, cuts, method))
    }),
    check
  )

  const isIndifferentToCuts = (bytes: Buffer, cuts: ReadonlyArray<number>, maxHeadBytes: number): void => {
    const whole = parse(bytes, [], "GET", maxHeadBytes)
    assert.isAtMost(whole.body.length, bytes.length)
    assert.deepStrictEqual(parse(bytes, cuts, "GET", maxHeadBytes), whole)
    assert.deepStrictEqual(parse(bytes, [...bytes.keys()], "GET", maxHeadBytes), whole)
  }
  const Budget = Schema.Literals([64, 200, 4096])

  it.prop(
    "never throws on any bytes, and cuts change nothing",
    [garbage, Cuts, Budget],
    ([bytes, cuts, budget]) => isIndifferentToCuts(bytes, cuts, budget),
    check
  )

  it.prop(
    "never throws on spoilt responses, and cuts change nothing",
    [mutated, Cuts, Budget],
    ([bytes, cuts, budget]) => isIndifferentToCuts(bytes, cuts, budget),
    check
  )

  it.prop(
    "never takes a truncated response for a whole one",
    [valid, within(0, 4000)],
    ([{ bytes, expected, method }, where]) => {
      const short = parse(bytes.subarray(0, where % bytes.length), [], method)
      const isDelimited = expected.headers!.some(([name]) => name === "content-length" || name === "transfer-encoding")
      if (isDelimited || short.status === undefined) assert.include(["closed_early", "empty"], short.fault)
    },
    check
  )

  it("works in time linear to its input", () => {
    const costly: ReadonlyArray<(size: number) => string> = [
      (size) => `HTTP/1.1 200 OK\r\nX: ${" ".repeat(size)}\0\r\n\r\n`,
      (size) => `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;${" ".repeat(size)}\0\r\n`,
      (size) => `HTTP/1.1 200 OK\r\n${"a".repeat(size)}`,
      (size) => "HTTP/1.1 100 C\r\n\r\n".repeat(size / 18)
    ]
    const byByte = Array.from({ length: 5_000 }, (_, index) => index)
    for (const make of costly) {
      const bytes = latin1(make(1 << 20))
      const started = performance.now()
      parse(bytes, byByte, "GET", 2 << 20)
      assert.isBelow(performance.now() - started, 3_000)
    }
  })

  const ok = "HTTP/1.1 200 OK\r\n"
  const chunked = `${ok}Transfer-Encoding: chunked\r\n\r\n`
  it.each<[fault: string | undefined, bytes: string]>([
    ["empty", ""],
    ["not_http", "SSH-2.0-x\r\n"],
    ["not_http", "\u0016\u0003\u0001"],
    ["not_http", "HTTP/1.1 099 Odd\r\n\r\n"],
    ["not_http", "HTTP/2.0 200 OK\r\n\r\n"],
    ["not_http", "HTTP/1.1 2000 OK\r\n\r\n"],
    ["not_http", "HTTP/1.1  200 OK\r\n\r\n"],
    ["not_http", "ICY 200 OK\r\n\r\n"],
    ["unexpected_upgrade", "HTTP/1.1 101 Switch\r\n\r\n"],
    ["bad_header", "HTTP/1.1 200 OK\nA: b\n\n"],
    ["bad_header", `${ok}A: b\r\n c\r\n\r\n`],
    ["bad_header", `${ok}A : b\r\n\r\n`],
    ["bad_header", `${ok}A: b\0\r\n\r\n`],
    ["bad_header", `${ok}A: b\rc\r\n\r\n`],
    ["bad_header", `${ok}: b\r\n\r\n`],
    ["bad_header", `${ok}A\r\n\r\n`],
    ["bad_framing", `${ok}Content-Length: 3\r\nContent-Length: 5\r\n\r\nhello`],
    ["bad_framing", `${ok}Content-Length: 5, 5\r\n\r\nhello`],
    ["bad_framing", `${ok}Content-Length: +3\r\n\r\nabc`],
    ["bad_framing", `${ok}Content-Length: -1\r\n\r\n`],
    ["bad_framing", `${ok}Content-Length: 9999999999999999\r\n\r\n`],
    ["bad_framing", `${ok}Content-Length:\r\n\r\n`],
    ["bad_framing", `${ok}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
    ["bad_framing", `${ok}Transfer-Encoding: gzip\r\n\r\n`],
    ["bad_framing", `${ok}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`],
    ["bad_framing", "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"],
    ["bad_chunk", `${chunked}ZZ\r\n`],
    ["bad_chunk", `${chunked}-1\r\n`],
    ["bad_chunk", `${chunked}0x5\r\nhello\r\n0\r\n\r\n`],
    ["bad_chunk", `${chunked}5;\nhello\r\n0\r\n\r\n`],
    ["bad_chunk", `${chunked}5\r\nhello!\r\n0\r\n\r\n`],
    ["bad_chunk", `${chunked}ffffffffffffff\r\n`],
    ["headers_too_large", `${chunked}0\r\n${"t: x\r\n".repeat(800)}\r\n`],
    ["headers_too_large", `${chunked}1;${"e".repeat(5000)}\r\n`],
    ["headers_too_large", `${chunked}${`1;${"e".repeat(100)}\r\na\r\n`.repeat(50)}0\r\n\r\n`],
    ["headers_too_large", `${"HTTP/1.1 103 Early Hints\r\n\r\n".repeat(200)}${ok}Content-Length: 0\r\n\r\n`],
    ["headers_too_large", `${ok}${"a: b\r\n".repeat(2000)}\r\n`],
    ["bad_header", `${chunked}0\r\nbroken\r\n\r\n`],
    ["closed_early", "HTTP/1.1 200"],
    ["closed_early", `${ok}Content-Length: 5\r\n\r\nhell`],
    ["closed_early", `${chunked}5\r\nhello\r\n`],
    ["closed_early", `${chunked}5\r\nhello\r\n0\r\n`],
    [undefined, `${ok}Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello`],
    [undefined, "HTTP/1.1 200\r\n\r\n"],
    [undefined, "HTTP/1.0 200 OK\r\n\r\nbody"],
    [undefined, `${ok}\r\n`]
  ])("gives %s for %j", (fault, bytes) => {
    assert.strictEqual(parse(latin1(bytes)).fault, fault)
  })
})
