/**
 * A copy of the working tree in a temporary folder, in which violations can be planted. Dependencies are shared by
 * symbolic links; the workspace's own packages lead into the copy, so that types are read from it.
 */
import { execFileSync, spawnSync } from "node:child_process"
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync
} from "node:fs"
import { tmpdir } from "node:os"
import path from "node:path"

export const root = path.resolve(import.meta.dirname, "../..")

export interface Overlay {
  readonly path: string
  /** Runs a program of node_modules/.bin; its output, whatever the exit code. */
  readonly run: (program: string, args: ReadonlyArray<string>, cwd?: string) => Outcome
  /** Writes files, runs `use`, removes them again. */
  readonly planted: <A>(files: Readonly<Record<string, string>>, use: () => A) => A
  readonly remove: () => void
}

export interface Outcome {
  readonly code: number | null
  readonly stdout: string
  readonly text: string
}

/** Long enough for the slowest tool on a busy machine. */
const timeoutMs = 300_000

const linkModules = (from: string, to: string): void => {
  mkdirSync(to, { recursive: true })
  for (const name of readdirSync(from)) {
    if (name === ".cache" || name === ".vite" || name === "$app" || name === "@v-insight") continue
    symlinkSync(path.join(from, name), path.join(to, name))
  }
}

export const makeOverlay = (): Overlay => {
  const at = mkdtempSync(path.join(tmpdir(), "v-insight-gates-"))
  const listed = execFileSync("git", ["-c", "safe.directory=*", "ls-files", "-co", "--exclude-standard", "-z"], {
    cwd: root,
    encoding: "utf8"
  })
  for (const file of listed.split("\0").filter((name) => name !== "" && existsSync(path.join(root, name)))) {
    mkdirSync(path.dirname(path.join(at, file)), { recursive: true })
    copyFileSync(path.join(root, file), path.join(at, file))
  }
  linkModules(path.join(root, "node_modules"), path.join(at, "node_modules"))
  mkdirSync(path.join(at, "node_modules/@v-insight"))
  for (const name of readdirSync(path.join(at, "packages"))) {
    symlinkSync(path.join(at, "packages", name), path.join(at, "node_modules/@v-insight", name))
    const own = path.join(root, "packages", name, "node_modules")
    if (existsSync(own)) linkModules(own, path.join(at, "packages", name, "node_modules"))
  }

  const run: Overlay["run"] = (program, args, cwd = at) => {
    const places = [path.join(cwd, "node_modules/.bin"), path.join(at, "node_modules/.bin"), process.env["PATH"]]
    const { status, stdout, stderr } = spawnSync(program, args, {
      cwd,
      encoding: "utf8",
      timeout: timeoutMs,
      maxBuffer: 64 * 1024 * 1024,
      env: { ...process.env, PATH: places.join(path.delimiter), NO_COLOR: "1" }
    })
    return { code: status, stdout, text: stdout + stderr }
  }

  const planted: Overlay["planted"] = (files, use) => {
    for (const [file, text] of Object.entries(files)) {
      mkdirSync(path.dirname(path.join(at, file)), { recursive: true })
      writeFileSync(path.join(at, file), text)
    }
    try {
      return use()
    } finally {
      for (const file of Object.keys(files)) {
        rmSync(path.join(at, file))
        if (existsSync(path.join(root, file))) copyFileSync(path.join(root, file), path.join(at, file))
      }
    }
  }

  return { path: at, run, planted, remove: () => rmSync(at, { recursive: true, force: true }) }
}
