/** The request that curl would send, put together option by option. */
import type { Flag, Meaning } from "./options.ts"

/** Settings of the http kind, as packages/domain/src/monitor-types/http.ts has them. */
export interface PastedSettings {
  readonly url: string
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  readonly auth?: "basic" | "bearer"
  readonly username?: string
  readonly password?: string
  readonly token?: string
  /** curl follows no redirects unless it is told to. */
  readonly followRedirects: boolean
  readonly ignoreTlsErrors?: boolean
  readonly httpVersion?: "1.1" | "2"
  readonly ipVersion?: "4" | "6"
}

export interface Pasted {
  /** Only what the command says; everything else keeps its default. Absent when there is no URL to request. */
  readonly settings?: PastedSettings
  /** Of `--max-time`. */
  readonly timeoutSeconds?: number
  /** What the check would do differently from the command, in sentences. */
  readonly problems: ReadonlyArray<string>
  /** Options that only concern curl's own output. */
  readonly ignored: ReadonlyArray<string>
}

type Credentials = Pick<PastedSettings, "auth" | "username" | "password" | "token">

export class Request {
  readonly #problems: Array<string> = []
  readonly #ignored: Array<string> = []
  readonly #flags = new Set<Flag>()
  readonly #urls: Array<string> = []
  /** By name in lower case. */
  readonly #headers = new Map<string, readonly [name: string, value: string]>()
  #body: string | undefined
  #isJson = false
  #method: string | undefined
  #credentials: Credentials = {}
  #seconds: number | undefined

  problem(sentence: string): void {
    if (!this.#problems.includes(sentence)) this.#problems.push(sentence)
  }

  url(text: string): void {
    this.#urls.push(text)
  }

  option(option: string, meaning: Meaning, value: string): void {
    switch (meaning.kind) {
      case "method":
        return void (this.#method = value)
      case "header":
        return this.#header(value)
      case "user":
        return void (this.#credentials = basic(value))
      case "bearer":
        return void (this.#credentials = { auth: "bearer", token: value })
      case "agent":
        return this.#setHeader("User-Agent", value)
      case "referer":
        return this.#setHeader("Referer", value.replace(/;auto$/, ""))
      case "url":
        return this.url(value)
      case "seconds":
        return this.#limit(option, value)
      case "data":
        return this.#data(option, meaning.as, value)
      case "flag":
        return void this.#flags.add(meaning.name)
      case "harmless":
        return void this.#ignored.push(option)
      case "refused":
        return this.problem(`${option} ${meaning.because}`)
    }
  }

  finish(): Pasted {
    const settings = this.#settings()
    return {
      ...(settings === undefined ? {} : { settings }),
      ...(this.#seconds === undefined ? {} : { timeoutSeconds: this.#seconds }),
      problems: this.#problems,
      ignored: this.#ignored
    }
  }

  #settings(): PastedSettings | undefined {
    const url = this.#finalUrl()
    if (url === undefined) return undefined
    const flags = this.#flags
    if (this.#body !== undefined && !flags.has("get")) {
      this.#defaultHeader("Content-Type", this.#isJson ? "application/json" : "application/x-www-form-urlencoded")
    }
    if (this.#isJson) this.#defaultHeader("Accept", "application/json")
    if (flags.has("compressed")) this.#defaultHeader("Accept-Encoding", "deflate, gzip, br, zstd")
    this.#adoptAuthorization()
    const hasBody = this.#body !== undefined && !flags.has("get")
    const method = this.#method ?? (flags.has("head") ? "HEAD" : hasBody ? "POST" : "GET")
    return {
      url,
      ...(method === "GET" ? {} : { method }),
      ...(this.#headers.size === 0 ? {} : { headers: Object.fromEntries(this.#headers.values()) }),
      ...(hasBody ? { body: this.#body! } : {}),
      ...this.#credentials,
      followRedirects: flags.has("follow"),
      ...(flags.has("insecure") ? { ignoreTlsErrors: true } : {}),
      ...(flags.has("http2") ? { httpVersion: "2" } : flags.has("http1") ? { httpVersion: "1.1" } : {}),
      ...(flags.has("ipv4") ? { ipVersion: "4" } : flags.has("ipv6") ? { ipVersion: "6" } : {})
    }
  }

  #finalUrl(): string | undefined {
    const [first, ...others] = this.#urls
    if (first === undefined) return (this.problem("There is no URL in it."), undefined)
    if (others.length > 0) this.problem(`Only the first URL is taken: ${others.join(", ")} is left out.`)
    if (!this.#flags.has("globoff") && /[{}]|\[(?![\da-f:.]*\])/i.test(first)) {
      this.problem("curl makes several URLs of { } and [ ]: write the one that is checked.")
    }
    // Without a scheme curl takes http, whatever the port.
    const text = /^[a-z][a-z\d+.-]*:\/\//i.test(first) ? first : `http://${first}`
    if (!URL.canParse(text)) return (this.problem(`${first} is no URL.`), undefined)
    const url = new URL(text)
    if (url.protocol !== "http:" && url.protocol !== "https:") {
      return (this.problem(`A check requests http:// and https:// only, not ${url.protocol}//.`), undefined)
    }
    if (url.username !== "" || url.password !== "") {
      if (this.#credentials.auth === undefined) {
        this.#credentials = basic(`${decoded(url.username)}:${decoded(url.password)}`)
      }
      url.username = ""
      url.password = ""
    }
    if (this.#flags.has("get") && this.#body !== undefined && this.#body !== "") {
      url.search = url.search === "" ? this.#body : `${url.search}&${this.#body}`
    }
    return url.href
  }

  #header(line: string): void {
    if (line.startsWith("@")) return this.problem("--header with @ reads a file on your machine: write the headers.")
    const parts = /^([^:;]+)(?::\s*(.*)|;\s*)$/s.exec(line)
    if (parts === null) return this.problem(`"${line}" is no header: write Name: value.`)
    const name = parts[1]!.trim()
    const value = parts[2]?.trim()
    if (value === "") return this.problem(`"${line}" takes a header away, which a check cannot: leave it out.`)
    if (framing.test(name)) return this.problem(`The header ${name} is set by V-Insight: leave it out.`)
    const known = this.#headers.get(name.toLowerCase())
    const glue = name.toLowerCase() === "cookie" ? "; " : ", "
    this.#headers.set(name.toLowerCase(), [
      known?.[0] ?? name,
      known === undefined ? (value ?? "") : `${known[1]}${glue}${value ?? ""}`
    ])
  }

  #setHeader(name: string, value: string): void {
    if (value !== "") this.#headers.set(name.toLowerCase(), [name, value])
  }

  #defaultHeader(name: string, value: string): void {
    if (!this.#headers.has(name.toLowerCase())) this.#setHeader(name, value)
  }

  #data(option: string, as: "text" | "raw" | "encoded" | "json", value: string): void {
    const isFile = as === "encoded" ? /^[^=]*@/.test(value) : as !== "raw" && value.startsWith("@")
    if (isFile) return this.problem(`${option} ${value} reads a file on your machine: paste its text into the body.`)
    const text = as === "encoded" ? encodedPair(value) : value
    if (as === "json") this.#isJson = true
    this.#body = this.#body === undefined ? text : `${this.#body}${as === "json" ? "" : "&"}${text}`
  }

  #limit(option: string, value: string): void {
    const seconds = Math.ceil(Number(value))
    if (seconds >= 1 && seconds <= 60) this.#seconds = seconds
    else this.problem(`${option} ${value} is no time limit of a check: 1 to 60 seconds.`)
  }

  /** As credentials they are sealed; a header is stored as it is. */
  #adoptAuthorization(): void {
    const value = this.#headers.get("authorization")?.[1]
    if (value === undefined || this.#credentials.auth !== undefined) return
    const token = /^Bearer +([\x21-\x7e]+)$/i.exec(value)?.[1]
    const pair = base64Text(/^Basic +([A-Za-z\d+/]+={0,2})$/i.exec(value)?.[1])
    if (token !== undefined) this.#credentials = { auth: "bearer", token }
    else if (pair?.includes(":") === true) this.#credentials = basic(pair)
    else return
    this.#headers.delete("authorization")
  }
}

/** Fields that frame the message or manage the connection (RFC 9110 section 7.6.1, RFC 9112 section 6). */
const framing =
  /^(?:connection|content-length|expect|host|keep-alive|proxy-connection|te|trailer|transfer-encoding|upgrade)$/i

/** `user:password`; a password may have colons. */
const basic = (pair: string): Credentials => {
  const colon = pair.indexOf(":")
  return colon === -1
    ? { auth: "basic", username: pair }
    : { auth: "basic", username: pair.slice(0, colon), password: pair.slice(colon + 1) }
}

const decoded = (text: string): string => (/%(?![\da-f]{2})/i.test(text) ? text : percentDecoded(text))

const percentDecoded = (text: string): string => {
  const bytes = Array.from(text.matchAll(/%([\da-f]{2})|([^%])/giu), ([, hex, plain]) =>
    hex === undefined ? [...new TextEncoder().encode(plain)] : [Number.parseInt(hex, 16)]
  )
  return new TextDecoder().decode(Uint8Array.from(bytes.flat()))
}

const base64Text = (base64: string | undefined): string | undefined => {
  if (base64 === undefined || base64.replace(/=+$/, "").length % 4 === 1) return undefined
  return new TextDecoder().decode(Uint8Array.from(atob(base64), (sign) => sign.charCodeAt(0)))
}

/** `name=text`, `=text` or `text`: only the text is encoded. */
const encodedPair = (value: string): string => {
  const equals = value.indexOf("=")
  const name = equals <= 0 ? "" : value.slice(0, equals + 1)
  return name + encodeURIComponent(value.slice(equals + 1).toWellFormed()).replaceAll(/[!'()*]/g, percentEncoded)
}

const percentEncoded = (sign: string): string => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`
