/** Debian's prometheus-blackbox-exporter as a peer: a probe on request, where it is installed. */
import { spawn, spawnSync } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { Agent, get } from "node:http"
import { tmpdir } from "node:os"
import path from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { freePort } from "./fastTarget.ts"
import { stopChild } from "./processes.ts"
import { askedName, authority } from "./target.ts"

const program = "prometheus-blackbox-exporter"

export const hasBlackbox = spawnSync("sh", ["-c", `command -v ${program}`]).status === 0

export interface Blackbox {
  readonly pid: number
  /** Probes what the URL names; whether it succeeded. */
  readonly probe: (scheme: "http" | "https" | "tcp" | "dns", url: string) => Promise<boolean>
  readonly stop: () => Promise<void>
}

export const startBlackbox = async (): Promise<Blackbox> => {
  const folder = mkdtempSync(path.join(tmpdir(), "v-insight-blackbox-"))
  const config = path.join(folder, "config.yml")
  writeFileSync(
    config,
    `modules:
  http_2xx:
    prober: http
    timeout: 5s
    http:
      preferred_ip_protocol: ip4
      tls_config:
        ca_file: ${authority}
  tcp:
    prober: tcp
    timeout: 5s
    tcp:
      preferred_ip_protocol: ip4
  dns:
    prober: dns
    timeout: 5s
    dns:
      preferred_ip_protocol: ip4
      query_name: ${askedName}
      query_type: A
`
  )
  const port = await freePort()
  const child = spawn(
    program,
    [`--config.file=${config}`, `--web.listen-address=127.0.0.1:${port}`, "--log.level=error"],
    { stdio: ["ignore", "ignore", "inherit"] }
  )
  // Asking it is not what is measured, so connections to it are kept.
  const agent = new Agent({ keepAlive: true })
  const ask = (query: string): Promise<string> =>
    new Promise((resolve) => {
      get({ host: "127.0.0.1", port, agent, path: query }, (response) => {
        let text = ""
        response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk))
        response.on("end", () => resolve(text))
      }).on("error", () => resolve(""))
    })
  for (let attempt = 0; (await ask("/-/healthy")) === ""; attempt++) {
    if (attempt === 100) throw new Error(`${program} does not answer on port ${port}.`)
    await sleep(50)
  }
  return {
    pid: child.pid!,
    probe: async (scheme, url) => {
      const isHttp = scheme === "http" || scheme === "https"
      const target = isHttp ? url : new URL(url).host
      const module = isHttp ? "http_2xx" : scheme
      return /^probe_success 1$/m.test(await ask(`/probe?module=${module}&target=${encodeURIComponent(target)}`))
    },
    stop: async () => {
      agent.destroy()
      await stopChild(child)
      rmSync(folder, { recursive: true })
    }
  }
}
