import { expect, it } from "vitest"
import { callWords, examples } from "./heartbeat.ts"

it("shows calls that fit the address", () => {
  const url = "https://v.example/api/v1/heartbeats/abc"
  for (const { text } of examples(url)) expect(text).toContain(url)
  expect(examples(url).map(({ text }) => text.slice(text.indexOf(url)))).toEqual([
    url,
    url,
    `${url}/$?`,
    `${url}/start`
  ])
  // A call that ends a job outlives a restart of V-Insight; the job does not wait for the one that begins it.
  expect(examples(url).map(({ text }) => text.includes("--retry-connrefused"))).toEqual([true, true, true, false])
})

it("says what a call told", () => {
  expect(callWords({ kind: "start", exitCode: null })).toEqual(["pending", "Started"])
  expect(callWords({ kind: "success", exitCode: 0 })).toEqual(["up", "Succeeded, exit code 0"])
  expect(callWords({ kind: "fail", exitCode: null })).toEqual(["down", "Failed"])
})
