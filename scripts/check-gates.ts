/**
 * Proves that the gates can turn red: plants one violation per rule in a copy of the tree and wants the complaint, from
 * the right rule, about the right file; and wants none about clean files. Tools that skip files in silence fail here.
 */
import { readFileSync } from "node:fs"
import path from "node:path"
import { lintSamples } from "./gates/lintSamples.ts"
import { makeOverlay, type Overlay, root } from "./gates/overlay.ts"
import {
  effectSamples,
  environmentSamples,
  formatSamples,
  lockfileFaults,
  svelteSamples,
  typeSamples,
  unusedSamples
} from "./gates/samples.ts"

let passed = 0
let failed = 0

const want = (what: string, isSo: boolean, evidence = ""): void => {
  if (isSo) passed++
  else {
    failed++
    console.error(`FAILED  ${what}${evidence === "" ? "" : `\n${evidence.slice(0, 2000)}`}`)
  }
}

const gate = (name: string, check: () => void): void => {
  const [before, start] = [passed, performance.now()]
  check()
  console.log(`${name}: ${passed - before} as wanted, ${((performance.now() - start) / 1000).toFixed(1)} s`)
}

const filesOf = (samples: ReadonlyArray<{ readonly file: string; readonly text: string }>): Record<string, string> =>
  Object.fromEntries(samples.map(({ file, text }) => [file, text]))

interface LintReport {
  readonly diagnostics: ReadonlyArray<{ readonly code: string; readonly filename: string; readonly message: string }>
}

const lint = (overlay: Overlay): void => {
  overlay.planted(filesOf(lintSamples), () => {
    const { stdout, text } = overlay.run("oxlint", ["--format", "json"])
    const report = stdout.startsWith("{") ? (JSON.parse(stdout) as LintReport) : undefined
    want("oxlint reports", report !== undefined, text)
    for (const { file, rule } of lintSamples) {
      const codes = (report?.diagnostics ?? []).filter(({ filename }) => filename === file).map(({ code }) => code)
      if (rule === undefined) want(`oxlint accepts ${file}`, codes.length === 0, codes.join(", "))
      else want(`oxlint finds ${rule} in ${file}`, codes.includes(rule), `It says: ${codes.join(", ") || "nothing"}`)
    }
    const seen = new Set(overlay.run("oxlint", ["--debug", "files"]).stdout.split("\n"))
    const isLinted = (file: string) =>
      [...seen].some((line) => line.trim() === file || line.trim().endsWith(`/${file}`))
    const missed = lintSamples.filter(({ file }) => !isLinted(file))
    want("oxlint lists every planted file", missed.length === 0, missed.map(({ file }) => file).join("\n"))
  })
}

const format = (overlay: Overlay): void =>
  overlay.planted(filesOf(formatSamples), () => {
    const { code, text } = overlay.run("oxfmt", ["--list-different", "."])
    const lines = new Set(text.split("\n").map((line) => line.trim()))
    want("oxfmt exits red", code !== 0, text)
    for (const { file, isClean } of formatSamples) {
      if (isClean) want(`oxfmt accepts ${file}`, !lines.has(file))
      else want(`oxfmt finds ${file}`, lines.has(file), text)
    }
  })

const types = (overlay: Overlay): void =>
  overlay.planted(filesOf(typeSamples), () => {
    const { code, text } = overlay.run("tsc", ["-b", "--pretty", "false"])
    want("tsc exits red", code !== 0)
    for (const { file } of typeSamples) want(`tsc finds ${file}`, text.includes(file), text)
  })

const effect = (overlay: Overlay): void =>
  overlay.planted(filesOf(effectSamples), () => {
    for (const project of new Set(effectSamples.map((sample) => sample.project))) {
      const { code, text } = overlay.run("effect-tsgo", [
        "diagnostics",
        "--strict",
        "--format",
        "text",
        "--project",
        project
      ])
      want(`effect-tsgo exits red for ${project}`, code !== 0, text)
      for (const { file, rule, project: own } of effectSamples) {
        const complaints = text.split("\n").filter((line) => line.includes(`${file}(`))
        if (own !== project) continue
        if (rule === undefined) want(`effect-tsgo accepts ${file}`, complaints.length === 0, complaints.join("\n"))
        else
          want(
            `effect-tsgo finds ${rule} in ${file}`,
            complaints.some((line) => line.includes(`effect(${rule})`)),
            text
          )
      }
    }
  })

const svelte = (overlay: Overlay): void => {
  const web = path.join(overlay.path, "packages/web")
  want("svelte-kit sync", overlay.run("svelte-kit", ["sync"], web).code === 0)
  overlay.planted(filesOf(svelteSamples), () => {
    const args = ["--tsgo", "--fail-on-warnings", "--output", "machine"]
    const { code, text } = overlay.run("svelte-check", args, web)
    want("svelte-check exits red", code !== 0)
    for (const { file } of svelteSamples) {
      want(`svelte-check finds ${file}`, text.includes(file.replace("packages/web/", "")), text)
    }
  })
}

const unused = (overlay: Overlay): void =>
  overlay.planted(filesOf(unusedSamples), () => {
    const { code, text } = overlay.run("knip", ["--no-progress", "--reporter", "compact"])
    want("knip exits red", code !== 0)
    for (const { file, says } of unusedSamples) {
      want(
        `knip finds ${says} in ${file}`,
        text.split("\n").some((line) => line.includes(file) && line.includes(says)),
        text
      )
    }
  })

const lockfile = (overlay: Overlay): void => {
  const original = readFileSync(path.join(root, "package-lock.json"), "utf8")
  const manifest = readFileSync(path.join(root, "package.json"), "utf8")
  want("the lockfile lint is green as it is", overlay.run("node", ["scripts/lint/lockfile.ts"]).code === 0)
  for (const { name, edit, says } of lockfileFaults) {
    const files = edit({ lockfile: original, manifest })
    overlay.planted({ "package-lock.json": files.lockfile, "package.json": files.manifest }, () => {
      const { code, text } = overlay.run("node", ["scripts/lint/lockfile.ts"])
      want(`the lockfile lint finds ${name}`, code !== 0 && text.includes(says), text)
    })
  }
}

const environment = (overlay: Overlay): void => {
  const example = readFileSync(path.join(root, ".env.example"), "utf8")
  want("the environment lint is green as it is", overlay.run("node", ["scripts/lint/environment.ts"]).code === 0)
  for (const { name, files, says } of environmentSamples(example)) {
    overlay.planted(files, () => {
      const { code, text } = overlay.run("node", ["scripts/lint/environment.ts"])
      want(`the environment lint finds ${name}`, code !== 0 && text.includes(says), text)
    })
  }
}

const overlay = makeOverlay()
try {
  // The web's tsconfig extends what sync writes: without it, type-aware rules say nothing there.
  gate("svelte-check", () => svelte(overlay))
  gate("oxlint", () => lint(overlay))
  gate("oxfmt", () => format(overlay))
  gate("tsc", () => types(overlay))
  gate("effect-tsgo", () => effect(overlay))
  gate("knip", () => unused(overlay))
  gate("lockfile", () => lockfile(overlay))
  gate("environment", () => environment(overlay))
} finally {
  overlay.remove()
}
console.log(`gates: ${passed} passed, ${failed} failed`)
process.exitCode = failed > 0 || passed === 0 ? 1 : 0
