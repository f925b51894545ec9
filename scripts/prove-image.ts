/**
 * Proves the Dockerfile where there is no Docker: follows its very lines (COPY, RUN, ENV, WORKDIR) in empty folders with
 * nothing of this checkout in reach, then starts each image's CMD against a PostgreSQL and runs its HEALTHCHECK.
 *   DATABASE_URL=postgres://owner:...@127.0.0.1:5432/vinsight node scripts/prove-image.ts
 * Without DATABASE_URL it starts Debian's PostgreSQL 15 in a temporary folder. Root only: images run as another user.
 */
import { execFileSync, spawn, spawnSync, type ChildProcess } from "node:child_process"
import { once } from "node:events"
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs"
import { createServer, type AddressInfo } from "node:net"
import { homedir, tmpdir } from "node:os"
import path from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { readDockerfile, type Stage } from "./images/dockerfile.ts"

const root = path.resolve(import.meta.dirname, "..")
const base = mkdtempSync(path.join(tmpdir(), "v-insight-image-"))
chmodSync(base, 0o755)
/** Stands for node:24-slim: Node 24 and npm, nothing else of ours on PATH. */
const nodeBin = path.dirname(process.execPath)
/** An ordinary user for whatever the Dockerfile runs as "node". */
const nobody = { uid: 65_534, gid: 65_534 }
const startLimitMs = 60_000
const runLimitMs = 900_000

interface Built {
  /** The file system of the image, from its root. */
  readonly at: string
  readonly stage: Stage
}

const built = new Map<string, Built>()
/** What this machine needs to reach the registry; a Docker daemon has its own ways. */
const network: Record<string, string> = { NPM_CONFIG_USERCONFIG: path.join(homedir(), ".npmrc") }
for (const [name, value] of Object.entries(process.env)) {
  if (/^(https?_proxy|no_proxy|node_extra_ca_certs)$/i.test(name) && value !== undefined) network[name] = value
}
const env = (own: Readonly<Record<string, string>>) => ({
  PATH: `${nodeBin}:/usr/local/bin:/usr/bin:/bin`,
  HOME: path.join(base, "home"),
  ...own
})

const build = (stage: Stage, context: string): void => {
  const at = path.join(base, stage.name)
  mkdirSync(path.join(at, stage.workdir), { recursive: true })
  const parent = built.get(stage.from)
  if (parent !== undefined) cpSync(parent.at, at, { recursive: true, verbatimSymlinks: true })
  const start = performance.now()
  for (const step of stage.steps) {
    if (step.kind === "copy") {
      const from = step.from === undefined ? context : built.get(step.from)!.at
      const to = path.join(at, path.resolve(step.workdir, step.to))
      for (const source of step.sources) {
        const origin = path.join(from, source)
        const isFolder = source.endsWith("/") || source === "."
        cpSync(origin, isFolder ? to : step.to.endsWith("/") ? path.join(to, path.basename(source)) : to, {
          recursive: true,
          verbatimSymlinks: true
        })
      }
    } else {
      const { status } = spawnSync("sh", ["-c", step.command], {
        cwd: path.join(at, step.workdir),
        env: env({ ...network, ...stage.env }),
        timeout: runLimitMs,
        stdio: "inherit"
      })
      if (status !== 0) throw new Error(`RUN ${step.command} failed in ${stage.name}`)
    }
  }
  built.set(stage.name, { at, stage })
  const size = execFileSync("du", ["-sm", at], { encoding: "utf8" }).split("\t")[0]
  console.log(`built ${stage.name}: ${size} MB beside Node, ${((performance.now() - start) / 1000).toFixed(1)} s`)
}

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, "127.0.0.1")
  await once(server, "listening")
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, "close")
  return port
}

const running: Array<ChildProcess> = []

/** Runs an image's command as it would run in a container; paths in it are relative to WORKDIR. */
const run = (
  name: string,
  command: ReadonlyArray<string>,
  settings: Readonly<Record<string, string>>
): ChildProcess => {
  const { at, stage } = built.get(name)!
  const child = spawn(command[0]!, command.slice(1), {
    cwd: path.join(at, stage.workdir),
    env: env({ ...stage.env, VINSIGHT_HOST: "127.0.0.1", ...settings }),
    ...(stage.user === "node" ? nobody : {}),
    stdio: ["ignore", "pipe", "inherit"]
  })
  child
    .stdout!.setEncoding("utf8")
    .on("data", (text: string) => process.stdout.write(text.replaceAll(/^/gm, `  ${name} | `).trimEnd() + "\n"))
  running.push(child)
  return child
}

const ended = async (child: ChildProcess): Promise<number | null> => {
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit")
  return child.exitCode
}

const healthy = async (name: string, settings: Readonly<Record<string, string>>): Promise<void> => {
  const { stage } = built.get(name)!
  const deadline = Date.now() + startLimitMs
  while (Date.now() < deadline) {
    if ((await ended(run(name, stage.healthcheck, settings))) === 0) return
    await sleep(500)
  }
  throw new Error(`${name} did not become healthy`)
}

const show = async (url: string): Promise<void> => {
  const answer = await fetch(url)
  console.log(`${answer.status} ${url} ${(await answer.text()).slice(0, 200).replaceAll(/\s+/g, " ")}`)
}

/** Debian's PostgreSQL in a temporary folder; returns the owner's URL. */
const startPostgres = async (): Promise<string> => {
  const bin = ["15", "16", "17", "18"].map((major) => `/usr/lib/postgresql/${major}/bin`).find((it) => existsSync(it))
  if (bin === undefined) throw new Error("Set DATABASE_URL, or install Debian's postgresql-15.")
  const data = path.join(base, "postgres")
  mkdirSync(data)
  execFileSync("chown", ["nobody:nogroup", data])
  const port = await freePort()
  const as = { cwd: base, env: { PATH: bin }, ...nobody, stdio: "ignore" } as const
  execFileSync(`${bin}/initdb`, ["-D", data, "-U", "vinsight_owner", "--auth=trust"], as)
  running.push(spawn(`${bin}/postgres`, ["-D", data, "-p", String(port), "-h", "127.0.0.1", "-k", data], as))
  const url = `postgres://vinsight_owner:unused@127.0.0.1:${port}/vinsight`
  for (let tries = 0; spawnSync(`${bin}/pg_isready`, ["-h", "127.0.0.1", "-p", String(port)]).status !== 0; tries++) {
    if (tries > 100) throw new Error("PostgreSQL did not start")
    await sleep(100)
  }
  execFileSync(`${bin}/createdb`, ["-h", "127.0.0.1", "-p", String(port), "-U", "vinsight_owner", "vinsight"], as)
  const version = execFileSync(`${bin}/postgres`, ["--version"], { encoding: "utf8" })
  console.log(`database: ${version.trim()} on port ${port}`)
  return url
}

const prove = async (): Promise<void> => {
  const context = path.join(base, "context")
  mkdirSync(context)
  mkdirSync(path.join(base, "home"))
  const archive = execFileSync("git", ["-c", "safe.directory=*", "archive", "HEAD"], { cwd: root, maxBuffer: 1 << 30 })
  execFileSync("tar", ["-x", "-C", context], { input: archive })
  for (const stage of readDockerfile(readFileSync(path.join(context, "Dockerfile"), "utf8"))) build(stage, context)
  // What the images need must be inside them.
  rmSync(built.get("build")!.at, { recursive: true })
  rmSync(context, { recursive: true })

  const owner = process.env["DATABASE_URL"] ?? (await startPostgres())
  const [api, worker, web] = [await freePort(), await freePort(), await freePort()]
  const settings = {
    VINSIGHT_SECRET: "0123456789abcdef0123456789abcdef",
    DATABASE_URL: owner.replace(/\/\/[^@]*@/, "//"),
    VINSIGHT_API_URL: `http://127.0.0.1:${api}`,
    VINSIGHT_API_PORT: String(api),
    VINSIGHT_WORKER_PORT: String(worker),
    VINSIGHT_WEB_PORT: String(web)
  }
  const migrated = await ended(
    run("migrate", built.get("migrate")!.stage.command, { ...settings, DATABASE_URL: owner })
  )
  if (migrated !== 0) throw new Error(`migrate ended with ${migrated}`)
  const services = ["api", "worker", "web"].map((name) => ({
    name,
    child: run(name, built.get(name)!.stage.command, settings)
  }))
  for (const { name } of services) {
    await healthy(name, settings)
    console.log(`${name} is healthy`)
  }
  await show(`http://127.0.0.1:${api}/health`)
  await show(`http://127.0.0.1:${worker}/health`)
  await show(`http://127.0.0.1:${web}/health`)
  await show(`http://127.0.0.1:${web}/login`)
  for (const { name, child } of services.toReversed()) {
    const start = performance.now()
    child.kill("SIGTERM")
    const code = await ended(child)
    console.log(`${name} ended with ${code} ${((performance.now() - start) / 1000).toFixed(1)} s after SIGTERM`)
    if (code !== 0) throw new Error(`${name} did not end cleanly`)
  }
}

try {
  await prove()
  console.log("The images' steps work.")
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
} finally {
  for (const child of running) if (child.exitCode === null) child.kill("SIGINT")
  await Promise.all(running.map(ended))
  rmSync(base, { recursive: true, force: true })
}
