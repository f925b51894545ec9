// Sums up what ran: node .ci/count.mjs RESULTS_FOLDER EXIT_CODE. Prints one line per source and the total last.
import { existsSync, readFileSync } from "node:fs"
import path from "node:path"

const [folder, exitCode] = process.argv.slice(2)
const read = (name) => {
  const file = path.join(folder, name)
  return existsSync(file) ? readFileSync(file, "utf8") : ""
}

const total = { passed: 0, failed: 0 }
const add = (what, passed, failed) => {
  console.log(`${what}: ${passed} passed, ${failed} failed`)
  total.passed += passed
  total.failed += failed
}

for (const [name, report] of [
  ["vitest", read("vitest.json")],
  ["peers", read("peers.json")]
]) {
  if (report === "") continue
  const { numPassedTests, numFailedTests, testResults } = JSON.parse(report)
  // A file that does not even load has no tests to count.
  const broken = testResults.filter(
    ({ status, assertionResults }) => status === "failed" && assertionResults.length === 0
  )
  add(name, numPassedTests, numFailedTests + broken.length)
}

const check = read("check.log")
const lines = (pattern) => [...check.matchAll(pattern)]
if (check !== "") {
  add("gates", lines(/^── \S+ ok in /gm).length, lines(/^── \S+ FAILED in /gm).length)
  for (const [, passed, failed] of lines(/^gates: (\d+) passed, (\d+) failed$/gm)) {
    add("planted violations", Number(passed), Number(failed))
  }
}

const browser = read("playwright.json")
if (browser !== "") {
  const { expected, unexpected, flaky } = JSON.parse(browser).stats
  add("playwright", expected, unexpected + flaky)
}

// A step that failed without a failing test (it did not start, it timed out) counts as one failure.
const steps = read("failed-steps")
  .split("\n")
  .filter((name) => name !== "")
if (total.failed === 0 && (steps.length > 0 || exitCode !== "0"))
  add(steps.join(", ") || "the run itself", 0, Math.max(1, steps.length))
if (total.passed === 0 && total.failed === 0) add("nothing ran", 0, 1)
console.log(`${total.passed} passed, ${total.failed} failed`)
process.exitCode = total.failed > 0 ? 1 : 0
