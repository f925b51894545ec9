/** Pasted curl commands: what becomes of them, and what is said of what a check cannot follow. */
import { MonitorInput } from "@v-insight/domain/api/Monitors"
import { Schema } from "effect"
import { describe, expect, it } from "vitest"
import { isCurl, parseCurl } from "./parse.ts"
import type { PastedSettings } from "./request.ts"
import { wordsOf } from "./words.ts"

const url = "https://example.org/"
const base = { url, followRedirects: false }

describe("words", () => {
  it.each<[command: string, words: ReadonlyArray<string>]>([
    ["curl  a\tb\nc", ["curl", "a", "b", "c"]],
    ["a'b c'd", ["ab cd"]],
    [`'a"b' "c'd"`, ['a"b', "c'd"]],
    ["''", [""]],
    ["'a\\b'", ["a\\b"]],
    [`"a\\"b\\\\c\\$d\\ne"`, [`a"b\\c$d\\ne`]],
    ["a\\ b\\'c", ["a b'c"]],
    ["a \\\n b \\\r\n c", ["a", "b", "c"]],
    ["a\\\nb", ["ab"]],
    ['"a\\\nb"', ["ab"]],
    ["$'a\\n\\t\\'\\\\\\x41\\u00fc\\101\\U0001f44b\\q'", ["a\n\t'\\A\u00fcA\u{1f44b}\\q"]],
    ['"$ 5" $ 5$', ["$ 5", "$", "5$"]],
    ["a^b", ["a^b"]]
  ])("%j are %j", (command, words) => expect(wordsOf(command)).toEqual({ words }))

  it.each([
    ["curl 'a", "A quote is not closed"],
    ['curl "a', "A quote is not closed"],
    ["curl $'a", "A quote is not closed"],
    ["curl $TOKEN", "the variable $TOKEN"],
    ['curl "x ${TOKEN}"', "the variable $TOKEN"],
    ["curl $(cat x)", "a command in $( )"],
    ["curl `cat x`", "a command in backticks"],
    ["curl a | jq .", "there is | in it"],
    ["curl a && b", "there is & in it"],
    ["curl a > b", "there is > in it"],
    ["curl ^\n a", "a command for Windows"],
    [`curl ^"a^"`, "a command for Windows"]
  ])("%j: %s", (command, problem) => expect(wordsOf(command).problem).toContain(problem))
})

describe("a curl command", () => {
  it.each<[command: string, settings: PastedSettings]>([
    ["curl https://example.org", base],
    ["$ curl https://example.org", base],
    ["/usr/bin/curl https://example.org", base],
    ["curl example.org/health", { ...base, url: "http://example.org/health" }],
    ["curl example.org:8443", { ...base, url: "http://example.org:8443/" }],
    ["curl --url 'https://example.org/?a=1&b=2#c'", { ...base, url: "https://example.org/?a=1&b=2#c" }],
    ["curl 'http://[::1]:80/'", { ...base, url: "http://[::1]/" }],
    ["curl -g 'https://example.org/[1-2]'", { ...base, url: "https://example.org/[1-2]" }],
    ["curl -X PUT https://example.org", { ...base, method: "PUT" }],
    ["curl -XPURGE https://example.org", { ...base, method: "PURGE" }],
    ["curl --request DELETE https://example.org", { ...base, method: "DELETE" }],
    ["curl -I https://example.org", { ...base, method: "HEAD" }],
    ["curl -sSkL https://example.org", { ...base, followRedirects: true, ignoreTlsErrors: true }],
    ["curl https://example.org --location --insecure", { ...base, followRedirects: true, ignoreTlsErrors: true }],
    ["curl -H 'X-A:  b: c ' -H'X-B;' https://example.org", { ...base, headers: { "X-A": "b: c", "X-B": "" } }],
    ["curl -H 'x-a: 1' -H 'X-A: 2' https://example.org", { ...base, headers: { "x-a": "1, 2" } }],
    ["curl -H 'Cookie: a=1' -H 'cookie: b=2' https://example.org", { ...base, headers: { Cookie: "a=1; b=2" } }],
    [
      "curl -A me -e https://a/ https://example.org",
      { ...base, headers: { "User-Agent": "me", Referer: "https://a/" } }
    ],
    ["curl -u a:b:c https://example.org", { ...base, auth: "basic", username: "a", password: "b:c" }],
    ["curl -u a https://example.org", { ...base, auth: "basic", username: "a" }],
    ["curl https://a:b%40c@example.org", { ...base, auth: "basic", username: "a", password: "b@c" }],
    ["curl --oauth2-bearer t https://example.org", { ...base, auth: "bearer", token: "t" }],
    ["curl -H 'Authorization: Bearer t.k' https://example.org", { ...base, auth: "bearer", token: "t.k" }],
    [
      "curl -H 'authorization: Basic YTpi' https://example.org",
      { ...base, auth: "basic", username: "a", password: "b" }
    ],
    ["curl -H 'Authorization: Digest x' https://example.org", { ...base, headers: { Authorization: "Digest x" } }],
    ["curl --http2 -4 https://example.org", { ...base, httpVersion: "2", ipVersion: "4" }],
    ["curl --http1.1 -6 https://example.org", { ...base, httpVersion: "1.1", ipVersion: "6" }],
    ["curl --compressed https://example.org", { ...base, headers: { "Accept-Encoding": "deflate, gzip, br, zstd" } }]
  ])("%s", (command, settings) => expect(parseCurl(command)).toMatchObject({ settings, problems: [] }))

  const form = { "Content-Type": "application/x-www-form-urlencoded" }
  const json = { "Content-Type": "application/json", Accept: "application/json" }

  it.each<[options: string, sent: Partial<PastedSettings>]>([
    ["-d a=1 -d b=2", { method: "POST", headers: form, body: "a=1&b=2" }],
    ["-d ''", { method: "POST", headers: form, body: "" }],
    ["--data-raw '@a'", { method: "POST", headers: form, body: "@a" }],
    [`--data-binary $'{"a":"\\u00fc\\n"}'`, { method: "POST", headers: form, body: '{"a":"\u00fc\n"}' }],
    ["--data-urlencode 'q=a b&c' --data-urlencode '=x y' --data-urlencode 'ü'", { body: "q=a%20b%26c&x%20y&%C3%BC" }],
    [`--json '{"a":' --json '1}'`, { method: "POST", headers: json, body: '{"a":1}' }],
    [
      `-X PATCH -H 'content-type: application/json' -d '{}'`,
      { method: "PATCH", headers: { "content-type": "application/json" }, body: "{}" }
    ],
    ["-G -d a=1 --data-urlencode 'b=ü'", { url: "https://example.org/?a=1&b=%C3%BC" }]
  ])("sends data: %s", (options, sent) => {
    const { problems, settings } = parseCurl(`curl ${options} https://example.org`)
    expect(problems).toEqual([])
    expect(settings).toMatchObject(sent)
  })

  it("of a browser is taken whole", () => {
    const { problems, settings } = parseCurl(`curl 'https://shop.example/api/cart' \\
  -X 'POST' \\
  -H 'accept: application/json' \\
  -H 'accept-language: de-DE,de;q=0.9' \\
  -H 'content-type: application/json' \\
  -H 'sec-ch-ua: "Chromium";v="130"' \\
  --data-raw $'{"note":"it\\'s mine"}' \\
  --compressed`)
    expect(problems).toEqual([])
    expect(settings).toEqual({
      url: "https://shop.example/api/cart",
      method: "POST",
      headers: {
        accept: "application/json",
        "accept-language": "de-DE,de;q=0.9",
        "content-type": "application/json",
        "sec-ch-ua": '"Chromium";v="130"',
        "Accept-Encoding": "deflate, gzip, br, zstd"
      },
      body: `{"note":"it's mine"}`,
      followRedirects: false
    })
    expect(() => Schema.decodeUnknownSync(MonitorInput)({ type: "http", settings })).not.toThrow()
  })

  it("tells the time limit and what only concerns curl's output", () =>
    expect(parseCurl("curl -sS -o /dev/null -w '%{http_code}' -m 2.5 https://example.org")).toEqual({
      settings: base,
      timeoutSeconds: 3,
      problems: [],
      ignored: ["-s", "-S", "-o", "-w"]
    }))

  it.each<[command: string, problem: string]>([
    ["wget https://example.org", "A command begins with curl."],
    ["curl", "A command begins with curl."],
    ["curl -s", "There is no URL in it."],
    ["curl ftp://example.org", "A check requests http:// and https:// only, not ftp://."],
    ["curl 'http://exa mple'", "http://exa mple is no URL."],
    ["curl https://a.example https://b.example", "Only the first URL is taken: https://b.example is left out."],
    ["curl 'https://a.example/{b,c}'", "curl makes several URLs of { } and [ ]"],
    ["curl -b sid=1 https://example.org", "-b is not taken over: cookies of a browser expire."],
    ["curl --cookie-jar x https://example.org", "--cookie-jar is not taken over"],
    [
      "curl --cacert ca.pem https://example.org",
      "--cacert is a file on your machine: paste its text into the field Trusted authority."
    ],
    ["curl -E me.pem --key k.pem https://example.org", "-E is a file on your machine"],
    ["curl -d @body.json https://example.org", "-d @body.json reads a file on your machine"],
    ["curl --data-urlencode a@b https://example.org", "reads a file on your machine"],
    ["curl -F a=@b https://example.org", "-F sends a form with files"],
    ["curl -x proxy:1 https://example.org", "checks never go through a proxy"],
    ["curl --resolve a:1:b https://example.org", "--resolve has no counterpart in a check."],
    ["curl --digest -u a:b https://example.org", "--digest is not supported"],
    ["curl -H 'Host: a' https://example.org", "The header Host is set by V-Insight"],
    ["curl -H 'Accept:' https://example.org", '"Accept:" takes a header away'],
    ["curl -H @file https://example.org", "reads a file on your machine"],
    ["curl -H nonsense https://example.org", '"nonsense" is no header'],
    ["curl -m 0 https://example.org", "is no time limit of a check"],
    ["curl https://example.org -X", "The option -X needs a value."],
    ["curl https://example.org --frobnicate 1", "The option --frobnicate is not known here"],
    ["curl https://example.org -sy", "The option -y is not known here"],
    ["curl https://example.org --request=PUT", "The option --request=PUT is not known here"]
  ])("%s: %s", (command, problem) => expect(parseCurl(command).problems.join("\n")).toContain(problem))

  it("still tells what was understood beside a problem", () =>
    expect(parseCurl("curl -b a=1 -X PUT https://example.org").settings).toEqual({ ...base, method: "PUT" }))

  it("is told from a URL", () => {
    expect(isCurl(" curl -v https://example.org")).toBe(true)
    expect(isCurl("curl.example.org")).toBe(false)
    expect(isCurl("https://example.org/curl x")).toBe(false)
  })

  it("of any characters is read without an exception", () => {
    const pieces = [
      "'",
      '"',
      "\\",
      "$",
      "$'",
      "{",
      "\n",
      "-",
      "--",
      "-H",
      "-d",
      "a: b",
      "\\u",
      "\\x",
      "%",
      "@",
      " ",
      "=",
      "\ud800"
    ]
    let seed = 1
    const random = (n: number) => (seed = (seed * 48_271) % 2_147_483_647) % n
    for (let round = 0; round < 5_000; round++) {
      const command = Array.from({ length: random(20) }, () => pieces[random(pieces.length)]).join("")
      expect(() => parseCurl(`curl http://u%:${command}@a/ ${command}`)).not.toThrow()
    }
  })
})
