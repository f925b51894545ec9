/**
 * Builds what `npm start` and the images run, when it is missing or older than its sources: one bundle each for the API,
 * the worker and this command (a bundle starts in a third of the time and in half of the memory), and the web. Run by
 * itself, in a process of its own, so that the bundler's memory is given back.
 *
 *   node packages/cli/src/build.ts            all
 *   node packages/cli/src/build.ts server     those named: server, worker, cli, web
 */
import { spawn } from "node:child_process"
import { createHash } from "node:crypto"
import { existsSync, globSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { rename, rm } from "node:fs/promises"
import path from "node:path"

const root = path.resolve(import.meta.dirname, "../../..")

interface Target {
  readonly name: string
  /** Patterns of the files it is made of. */
  readonly sources: ReadonlyArray<string>
  /** Remembers what it was made of, beside the result. */
  readonly stamp: string
  readonly make: () => Promise<void>
}

const backend = (name: string): Target => {
  const folder = path.join(root, "dist", name)
  return {
    name,
    sources: ["packages/{domain,database}/src/**/*.ts", `packages/${name}/src/**/*.ts`],
    stamp: path.join(folder, ".made-of"),
    make: () => bundleInto(folder, `packages/${name}/src/main.ts`)
  }
}

const web: Target = {
  name: "web",
  sources: ["packages/domain/src/**/*.ts", "packages/web/{src,static}/**/*", "packages/web/*.{ts,js,json}"],
  stamp: path.join(root, "packages/web/build/.made-of"),
  make: () => run("npm", ["run", "build", "--workspace", "packages/web"])
}

const targets = [backend("server"), backend("worker"), backend("cli"), web]

/** Beside first, then in place: a build that breaks off leaves the last one. */
const bundleInto = (folder: string, entry: string): Promise<void> => {
  const beside = `${folder}.${process.pid}`
  // Loaded late: most starts have nothing to build.
  return import("rolldown")
    .then(({ build }) =>
      build({
        input: { main: path.join(root, entry) },
        platform: "node",
        logLevel: "warn",
        output: { dir: beside, format: "esm", cleanDir: true }
      })
    )
    .finally(() => process.once("exit", () => rmSync(beside, { recursive: true, force: true })))
    .then(() => replace(folder, beside))
}

/** Another start that built the same may be faster: then its result stays. */
const replace = (folder: string, beside: string): Promise<void> =>
  rm(folder, { recursive: true, force: true })
    .then(() => rename(beside, folder))
    .catch((error: unknown) => (existsSync(path.join(folder, "main.js")) ? undefined : Promise.reject(error)))

/** Its output is shown only when it fails. */
const run = (command: string, args: ReadonlyArray<string>): Promise<void> =>
  new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: root,
      stdio: ["ignore", "pipe", "pipe"],
      shell: process.platform === "win32"
    })
    let output = ""
    child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()))
    child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()))
    child.once("error", reject)
    child.once("close", (code) =>
      code === 0 ? resolve() : reject(new Error(`${command} ${args.join(" ")}\n${output}`))
    )
  })

/** A fingerprint of names, sizes and times: reading the content of all files would take longer than a build saves. */
const madeOf = ({ sources }: Target): string => {
  const hash = createHash("sha256")
  const files = globSync([...sources, "package-lock.json"], {
    cwd: root,
    exclude: ["**/*.test.ts", "**/testing/**"]
  }).toSorted()
  for (const file of files) {
    const info = statSync(path.join(root, file))
    if (info.isFile()) hash.update(`${file}\0${info.size}\0${info.mtimeMs}\n`)
  }
  return hash.digest("hex")
}

const isStale = (target: Target): boolean =>
  !existsSync(target.stamp) || readFileSync(target.stamp, "utf8") !== madeOf(target)

/**
 * One at a time in this folder: the web's build has folders of its own, and two at once break each other. What the other
 * one has built meanwhile is not stale any more.
 */
const alone = (work: () => Promise<void>): Promise<void> =>
  // Loaded late, as above.
  Promise.all([
    import("effect"),
    import("@effect/platform-node/NodeFileSystem"),
    import("@v-insight/database/postgres/Lock")
  ]).then(([{ Effect, Schedule }, NodeFileSystem, Lock]) => {
    mkdirSync(path.join(root, "dist"), { recursive: true })
    const attempt = Effect.flatMap(Lock.acquire(path.join(root, "dist/.building"), "build"), ({ holder }) =>
      holder === undefined ? Effect.as(Effect.promise(work), true) : Effect.succeed(false)
    ).pipe(Effect.scoped)
    return Effect.runPromise(
      attempt.pipe(
        Effect.repeat({ until: (isDone) => isDone, schedule: Schedule.spaced("200 millis") }),
        Effect.asVoid,
        Effect.provide(NodeFileSystem.layer)
      )
    )
  })

const wanted = process.argv.slice(2)
const staleOnes = () => targets.filter(({ name }) => wanted.length === 0 || wanted.includes(name)).filter(isStale)

const buildStale = (): Promise<void> => {
  const stale = staleOnes()
  if (stale.length === 0) return Promise.resolve()
  const names = stale.map(({ name }) => name).join(", ")
  const start = performance.now()
  process.stdout.write(`Building ${names} ...\n`)
  return Promise.all(
    stale.map((target) => {
      const fingerprint = madeOf(target)
      return target.make().then(() => {
        mkdirSync(path.dirname(target.stamp), { recursive: true })
        writeFileSync(target.stamp, fingerprint)
      })
    })
  ).then(() => void process.stdout.write(`Built ${names} in ${((performance.now() - start) / 1000).toFixed(1)} s\n`))
}

if (staleOnes().length > 0) {
  alone(buildStale).catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
    process.exitCode = 1
  })
}
