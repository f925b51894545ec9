/** Violations for the gates that are not the linter: format, types, Effect's diagnostics, unused code, lockfile. */

interface File {
  readonly file: string
  readonly text: string
}

export const formatSamples: ReadonlyArray<File & { readonly isClean: boolean }> = [
  { file: "packages/domain/src/model/GateFormat.ts", text: "export const a = {b:1};\n", isClean: false },
  {
    file: "packages/web/src/lib/GateScript.svelte",
    text: '<script lang="ts">\n  const a = {b:1};\n</script>\n\n<p>{a.b}</p>\n',
    isClean: false
  },
  { file: "packages/web/src/lib/GateMarkup.svelte", text: "<div   class='x'><p>{ 1 }</p></div>\n", isClean: false },
  { file: "packages/web/src/gate.css", text: ".a{color:red}\n", isClean: false },
  { file: "packages/web/gate.js", text: "export const a = 'b'\n", isClean: false },
  { file: "gate.json", text: '{"a":1,\n"b":2}\n', isClean: false },
  { file: "docs/gate.md", text: "# A\nb\n\n\n\n* c\n", isClean: false },
  { file: "gate.yml", text: "a:   1\n", isClean: false },
  {
    file: "packages/web/src/lib/GateClean.svelte",
    text: '<script lang="ts">\n  const a = { b: 1 }\n</script>\n\n<p>{a.b}</p>\n',
    isClean: true
  },
  { file: "packages/domain/src/model/GateClean.ts", text: "export const a = { b: 1 }\n", isClean: true }
]

export const typeSamples: ReadonlyArray<File> = ["domain", "database", "server", "worker", "cli"]
  .map((name) => `packages/${name}/src/GateType.ts`)
  .concat("packages/worker/src/GateType.test.ts", "scripts/gateType.ts", "bench/gateType.ts", "e2e/gateType.ts")
  .map((file) => ({ file, text: 'export const a: number = "b"\n' }))

const floating = 'import { Effect } from "effect"\nexport const a = () => {\n  Effect.log("lost")\n}\n'
const tryInGen =
  'import { Effect } from "effect"\nexport const a = Effect.gen(function* () {\n  try {\n    yield* Effect.void\n  } catch {\n    return 1\n  }\n  return 2\n})\n'
const provides =
  'import { Context, Effect, Layer } from "effect"\nexport class S extends Context.Service<S, { readonly n: number }>()("@v-insight/x/S") {\n  static readonly layer = Layer.succeed(S, { n: 1 })\n}\nexport const a = Effect.gen(function* () {\n  return (yield* S).n\n}).pipe(Effect.provide(S.layer))\n'
const fine = 'import { Effect } from "effect"\nexport const a = Effect.log("kept")\n'

export const effectSamples: ReadonlyArray<File & { readonly project: string; readonly rule: string | undefined }> = [
  "domain",
  "database",
  "server",
  "worker",
  "cli"
].flatMap((name) => {
  const at = (file: string, rule: string | undefined, text: string) => ({
    file: `packages/${name}/src/${file}`,
    project: `packages/${name}/tsconfig.json`,
    rule,
    text
  })
  return [
    at("GateFloating.ts", "floatingEffect", floating),
    at("GateTry.ts", "tryCatchInEffectGen", tryInGen),
    at("GateProvide.ts", "strictEffectProvide", provides),
    at("GateFine.ts", undefined, fine)
  ]
})

const script = (text: string): string => `<script lang="ts">\n  ${text}\n</script>\n`

export const svelteSamples: ReadonlyArray<File> = [
  { file: "packages/web/src/lib/GateType.svelte", text: `${script('const a: number = "b"')}\n<p>{a}</p>\n` },
  { file: "packages/web/src/lib/GateMarkup.svelte", text: `${script("const a = 1")}\n<p>{a.b}</p>\n` },
  { file: "packages/web/src/lib/GateAccess.svelte", text: '<img src="/x.png" />\n' },
  { file: "packages/web/src/lib/gateType.ts", text: 'export const a: number = "b"\n' }
]

export const unusedSamples: ReadonlyArray<File & { readonly says: string }> = [
  { file: "scripts/gateUnused.ts", text: "console.log(1)\n", says: "gateUnused" },
  { file: "packages/domain/src/model/GateUnused.ts", text: "export const gateUnused = 1\n", says: "gateUnused" },
  { file: "packages/web/src/lib/GateUnused.svelte", text: "<p>unused</p>\n", says: "GateUnused" },
  { file: "packages/server/src/GateUnlisted.ts", text: 'export * from "gate-unlisted"\n', says: "gate-unlisted" }
]

interface Locked {
  readonly lockfile: string
  readonly manifest: string
}

interface LockfileShape {
  readonly packages: Record<string, Record<string, unknown>>
}

const inLock =
  (change: (it: Record<string, unknown>) => void) =>
  ({ lockfile, manifest }: Locked): Locked => {
    const lock = JSON.parse(lockfile) as LockfileShape
    change(lock.packages["node_modules/effect"]!)
    return { lockfile: JSON.stringify(lock), manifest }
  }

export const lockfileFaults: ReadonlyArray<{
  readonly name: string
  readonly edit: (files: Locked) => Locked
  readonly says: string
}> = [
  { name: "an install script", edit: inLock((it) => (it["hasInstallScript"] = true)), says: "install script" },
  { name: "unverified content", edit: inLock((it) => delete it["integrity"]), says: "sha512" },
  {
    name: "another registry",
    edit: inLock((it) => (it["resolved"] = "https://elsewhere.example/effect.tgz")),
    says: "public registry"
  },
  { name: "a strange licence", edit: inLock((it) => (it["license"] = "AGPL-3.0")), says: "licence" },
  {
    name: "a version range",
    edit: ({ lockfile, manifest }) => ({ lockfile, manifest: manifest.replace('"typescript": "', '"typescript": "^') }),
    says: "exact version"
  }
]

export const environmentSamples = (example: string) => [
  {
    name: "a variable that nobody described",
    files: { "packages/server/src/GateEnvironment.ts": 'export const a = "VINSIGHT_GATE"\n' },
    says: "VINSIGHT_GATE is read"
  },
  {
    name: "a variable that nobody reads",
    files: { ".env.example": `${example}\n# Meaning.\nVINSIGHT_GATE=1\n` },
    says: "which nothing reads"
  },
  {
    name: "a variable described twice",
    files: { ".env.example": `${example}\n# Meaning.\n#DATABASE_URL=\n` },
    says: "a second time"
  },
  {
    name: "a variable that does nothing under Compose",
    files: {
      ".env.example": `${example}\n# Meaning.\nVINSIGHT_GATE=1\n`,
      "packages/server/src/GateEnvironment.ts": 'export const a = "VINSIGHT_GATE"\n'
    },
    says: "does not pass on"
  },
  {
    name: "a variable that only Compose knows",
    files: { "docker-compose.yml": "services:\n  api:\n    environment:\n      VINSIGHT_GATE: 1\n" },
    says: "passes on VINSIGHT_GATE"
  }
]
