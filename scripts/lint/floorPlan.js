/**
 * Who may import whom. The first row whose `files` fits a file decides; an import is written as the path it leads to in
 * this repository, or as the name of a module. `types` may be imported with `import type` on top of `may`.
 */
const core = /^effect(\/[A-Z]\w*)?$/
const effect = /^effect(\/|$)/
const adapters = /^@effect\/(platform-node|sql-pg)(\/|$)/
const node = /^node:/
/** What tests are made of, and servers of npm that they check against. */
export const testTools = /^(vitest|@effect\/vitest|fast-check|smtp-server|ws|@grpc\/(grpc-js|proto-loader))(\/|$)/
const src = (...folders) => new RegExp(`^packages/(${folders.join("|")})(/|\\.|$)`)
const external = /^(?!packages\/|effect(\/|$)|@effect\/)/

/** Tests and what stands in a folder "testing" for them: they may also use these tools, and serve and dial loopback. */
export const isTest = (file) => /\.test\.ts$|\/testing\//.test(file)

export const floorPlan = [
  {
    files: (file) => file.startsWith("packages/domain/src/") && isTest(file),
    may: [effect, adapters, node, src("domain/src")],
    because:
      "tests of domain use domain, effect and test tools: what domain means is shown without the rest of the house."
  },
  {
    files: (file) => file.startsWith("packages/domain/src/model/"),
    may: [core, src("domain/src/model")],
    because: "domain/model imports effect core only: a noun depends on other nouns and runs anywhere."
  },
  {
    files: (file) => file.startsWith("packages/domain/src/rules/"),
    // The one library of domain: regular expressions in linear time, pure code (docs/adr/0012).
    may: [core, /^re2js$/, src("domain/src/rules", "domain/src/model")],
    because: "domain/rules imports domain/model only: rules decide, they look nothing up."
  },
  {
    files: (file) => /^packages\/domain\/src\/(monitor|channel)-types\//.test(file),
    may: [
      core,
      /^effect\/(crypto|encoding)$/,
      src("domain/src/model", "domain/src/rules", "domain/src/monitor-types", "domain/src/channel-types")
    ],
    because:
      "a kind imports domain/model, domain/rules and the Dialer service only: it reaches out through the Dialer and runs in any process."
  },
  {
    files: (file) => file.startsWith("packages/domain/src/api/"),
    may: [
      core,
      /^effect\/http-api$/,
      src("domain/src/api", "domain/src/model", "domain/src/(monitor|channel)-types/registry")
    ],
    because:
      "domain/api imports domain/model, the registries and effect/http-api only: it is the contract, not its implementation."
  },
  {
    files: (file) => file.startsWith("packages/domain/src/"),
    may: [core, src("domain/src")],
    because: "domain imports effect only: what V-Insight means runs anywhere, without Node and without SQL."
  },
  {
    files: (file) => /^packages\/database\/src\/repo\/(History|Overview|history)\w*\.ts$/.test(file),
    may: [core, src("domain/src", "database/src")],
    because:
      "reports are read through TenantSql.read alone: a replica may answer it (ReportSql), and would know nothing of a statement of their own."
  },
  {
    files: (file) => file.startsWith("packages/database/src/"),
    may: [effect, adapters, node, src("domain/src", "database/src")],
    because: "database imports domain only: it is how things are kept, whoever asks."
  },
  {
    files: (file) => file.startsWith("packages/server/src/"),
    may: [effect, adapters, node, src("domain/src", "database/src", "server/src")],
    because: "server imports domain and database, never worker: the two meet in rows (docs/adr/0009)."
  },
  {
    files: (file) => file.startsWith("packages/worker/src/net/") && file.endsWith("Client.ts"),
    may: [
      effect,
      node,
      /^(pg|mysql2|ws|nodemailer)$/,
      src("domain/src/(model|monitor-types|channel-types)", "worker/src")
    ],
    because:
      "a client of a protocol takes its library, which must speak over a socket of ours, and nothing else from outside."
  },
  {
    files: (file) => file.startsWith("packages/worker/src/"),
    may: [
      effect,
      adapters,
      node,
      src("domain/src/(model|rules|monitor-types|channel-types)", "database/src", "worker/src")
    ],
    because:
      "worker imports domain (but not domain/api) and database, never server: it serves no API, and the two meet in rows (docs/adr/0009)."
  },
  {
    files: (file) =>
      file.startsWith("packages/web/") &&
      (/\.server\.ts$|\/\+server\.ts$|\.test\.ts$|\/lib\/server\//.test(file) || /^packages\/web\/[^/]+$/.test(file)),
    may: [external, effect, src("web", "domain/src/model", "domain/src/api")],
    because: "web imports domain/model and domain/api only: everything else it learns through the API."
  },
  {
    files: (file) => file.startsWith("packages/web/"),
    may: [external, src("web")],
    types: [effect, src("domain/src/model", "domain/src/api")],
    because:
      "the browser gets types of domain/model and domain/api (import type): their values cost 58 KB and belong into server-only files."
  }
]

/** Product code of server and worker outside packages/worker/src/net opens no connection to where a tenant points. */
export const isKeptInside = (file) => /^packages\/(server|worker)\/src\/(?!net\/)/.test(file) && !isTest(file)

/** Modules that dial; `but` names what may be taken from them by everyone. */
export const dialling = [
  { modules: /^node:(tls|dgram|dns|dns\/promises|http2|https|child_process|cluster|inspector|module)$/, but: [] },
  { modules: /^node:net$/, but: ["createServer", "isIP", "isIPv4", "isIPv6"] },
  { modules: /^node:http$/, but: ["createServer"] },
  { modules: /^(undici|ws|pg|pg-native|mysql2?|ioredis|redis|got|axios|node-fetch|nodemailer)(\/|$)/, but: [] },
  { modules: /^effect\/http\/(HttpClient|FetchHttpClient)$/, but: [] },
  { modules: /^@effect\/platform-node\/(NodeHttpClient|NodeSocket|Undici)$/, but: [] }
]

/** Names that dial, in modules that are otherwise welcome. */
export const diallingNames = [{ modules: /^effect\/http$/, names: ["HttpClient", "FetchHttpClient"] }]
