/** The options of curl (its manual, 8.x) that a check can follow, and what is said of the others. */

/** What an option comes to. `value` is absent for those that take none. */
export type Meaning =
  | {
      readonly kind: "method" | "header" | "user" | "bearer" | "agent" | "referer" | "url" | "seconds"
      readonly takes: true
    }
  | { readonly kind: "data"; readonly takes: true; readonly as: "text" | "raw" | "encoded" | "json" }
  | { readonly kind: "flag"; readonly takes: false; readonly name: Flag }
  /** It says how curl speaks to its user: a check loses nothing. */
  | { readonly kind: "harmless"; readonly takes: boolean }
  | { readonly kind: "refused"; readonly takes: boolean; readonly because: string }

export type Flag =
  | "get"
  | "head"
  | "insecure"
  | "follow"
  | "compressed"
  | "http1"
  | "http2"
  | "ipv4"
  | "ipv6"
  | "globoff"

const flag = (name: Flag): Meaning => ({ kind: "flag", takes: false, name })
const data = (as: "text" | "raw" | "encoded" | "json"): Meaning => ({ kind: "data", takes: true, as })
const harmless = (takes = false): Meaning => ({ kind: "harmless", takes })
const refused = (because: string, takes = true): Meaning => ({ kind: "refused", takes, because })

const file = (field: string): Meaning => refused(`is a file on your machine: paste its text into the field ${field}.`)
const noCounterpart = refused("has no counterpart in a check.")
const noCounterpartFlag = refused("has no counterpart in a check.", false)
const otherAuth = refused("is not supported: checks log in with Basic or with a bearer token.", false)

const long: Readonly<Record<string, Meaning>> = {
  request: { kind: "method", takes: true },
  header: { kind: "header", takes: true },
  user: { kind: "user", takes: true },
  "oauth2-bearer": { kind: "bearer", takes: true },
  "user-agent": { kind: "agent", takes: true },
  referer: { kind: "referer", takes: true },
  url: { kind: "url", takes: true },
  "max-time": { kind: "seconds", takes: true },
  data: data("text"),
  "data-ascii": data("text"),
  "data-binary": data("text"),
  "data-raw": data("raw"),
  "data-urlencode": data("encoded"),
  json: data("json"),
  get: flag("get"),
  head: flag("head"),
  insecure: flag("insecure"),
  location: flag("follow"),
  compressed: flag("compressed"),
  "http1.1": flag("http1"),
  http2: flag("http2"),
  "http2-prior-knowledge": flag("http2"),
  ipv4: flag("ipv4"),
  ipv6: flag("ipv6"),
  globoff: flag("globoff"),
  basic: harmless(),
  silent: harmless(),
  "show-error": harmless(),
  verbose: harmless(),
  include: harmless(),
  "show-headers": harmless(),
  fail: harmless(),
  "fail-with-body": harmless(),
  "no-buffer": harmless(),
  "no-progress-meter": harmless(),
  "progress-bar": harmless(),
  "remote-name": harmless(),
  "remote-header-name": harmless(),
  "tcp-nodelay": harmless(),
  "path-as-is": noCounterpartFlag,
  output: harmless(true),
  "write-out": harmless(true),
  stderr: harmless(true),
  trace: harmless(true),
  "trace-ascii": harmless(true),
  "dump-header": harmless(true),
  cookie: refused(
    "is not taken over: cookies of a browser expire. Use steps that log in, or add a Cookie header yourself."
  ),
  "cookie-jar": refused("is not taken over: a check keeps no cookies. Use steps that log in."),
  cacert: file("Trusted authority"),
  capath: refused("is a folder on your machine: paste the certificates into the field Trusted authority."),
  cert: file("Client certificate"),
  key: file("Client key"),
  form: refused("sends a form with files, which a check cannot. Send the fields with --data-urlencode."),
  "form-string": refused("sends a form with files, which a check cannot. Send the fields with --data-urlencode."),
  "upload-file": refused("sends a file on your machine: paste its text into the body."),
  config: refused("is a file on your machine: paste the command with all its options."),
  proxy: refused("is not supported: checks never go through a proxy."),
  "unix-socket": refused("is not supported: checks go over the network."),
  "abstract-unix-socket": refused("is not supported: checks go over the network."),
  resolve: noCounterpart,
  "connect-to": noCounterpart,
  interface: noCounterpart,
  "max-redirs": noCounterpart,
  "connect-timeout": noCounterpart,
  retry: refused("is not taken over: set confirmations instead."),
  "retry-delay": refused("is not taken over: set confirmations instead."),
  "retry-max-time": refused("is not taken over: set confirmations instead."),
  range: refused("is not taken over: add a Range header yourself."),
  "time-cond": noCounterpart,
  ciphers: noCounterpart,
  "tls-max": noCounterpart,
  tlsv1: noCounterpartFlag,
  "tlsv1.2": noCounterpartFlag,
  "tlsv1.3": noCounterpartFlag,
  "http1.0": refused("is not supported: checks speak HTTP/1.1 or HTTP/2.", false),
  http3: refused("is not supported: checks speak HTTP/1.1 or HTTP/2.", false),
  "http3-only": refused("is not supported: checks speak HTTP/1.1 or HTTP/2.", false),
  "location-trusted": refused("is not supported: credentials stay with their origin. Use --location.", false),
  digest: otherAuth,
  ntlm: otherAuth,
  negotiate: otherAuth,
  anyauth: otherAuth,
  netrc: refused("is a file on your machine: write user and password with --user.", false),
  next: refused("begins another request: paste one, or use steps.", false),
  parallel: refused("is not supported: a check sends one request.", false)
}

const short: Readonly<Record<string, string>> = {
  X: "request",
  H: "header",
  u: "user",
  A: "user-agent",
  e: "referer",
  m: "max-time",
  d: "data",
  G: "get",
  I: "head",
  k: "insecure",
  L: "location",
  "4": "ipv4",
  "6": "ipv6",
  g: "globoff",
  s: "silent",
  S: "show-error",
  v: "verbose",
  i: "include",
  f: "fail",
  N: "no-buffer",
  "#": "progress-bar",
  O: "remote-name",
  J: "remote-header-name",
  o: "output",
  w: "write-out",
  D: "dump-header",
  b: "cookie",
  c: "cookie-jar",
  E: "cert",
  F: "form",
  T: "upload-file",
  K: "config",
  x: "proxy",
  r: "range",
  z: "time-cond",
  "0": "http1.0",
  "1": "tlsv1",
  n: "netrc",
  Z: "parallel",
  ":": "next"
}

export const meaningOf = (name: string): Meaning | undefined => (Object.hasOwn(long, name) ? long[name] : undefined)

export const longName = (letter: string): string | undefined =>
  Object.hasOwn(short, letter) ? short[letter] : undefined
