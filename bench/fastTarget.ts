/**
 * A target that costs as little as one can: nginx where it is installed, a bare socket of Node's otherwise. What shares
 * two cores with a worker at 2,000 checks a second must not be what is measured.
 */
import { spawn, spawnSync } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { createServer, type AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import path from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { start, stopChild } from "./processes.ts"

export interface FastTarget {
  /** What answers. */
  readonly name: string
  readonly pid: number
  readonly url: string
  readonly stop: () => Promise<void>
}

const hasNginx = spawnSync("sh", ["-c", "command -v nginx"]).status === 0

export const startFastTarget = async (): Promise<FastTarget> => {
  if (hasNginx) return startNginx()
  const target = await start([process.execPath, path.join(import.meta.dirname, "target.ts"), "bare"], {})
  return { name: "node:net", pid: target.pid, url: `http://localhost:${target.port}/`, stop: target.stop }
}

const startNginx = async (): Promise<FastTarget> => {
  const folder = mkdtempSync(path.join(tmpdir(), "v-insight-nginx-"))
  const port = await freePort()
  const config = path.join(folder, "nginx.conf")
  writeFileSync(
    config,
    `daemon off;
worker_processes 1;
pid ${folder}/pid;
error_log stderr error;
events { worker_connections 8192; }
http {
  access_log off;
  keepalive_timeout 0;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  server {
    listen 127.0.0.1:${port} backlog=4096;
    default_type text/plain;
    location / { return 200 "ok\\n"; }
  }
}
`
  )
  const child = spawn("nginx", ["-c", config, "-p", folder], { stdio: ["ignore", "ignore", "inherit"] })
  const kill = (): void => void child.kill("SIGKILL")
  process.once("exit", kill)
  const url = `http://localhost:${port}/`
  for (let attempt = 0; !(await answers(url)); attempt++) {
    if (attempt === 100) throw new Error(`nginx does not answer on port ${port}.`)
    await sleep(50)
  }
  return {
    name: "nginx",
    pid: child.pid!,
    url,
    stop: async () => {
      process.off("exit", kill)
      await stopChild(child)
      rmSync(folder, { recursive: true })
    }
  }
}

const answers = (url: string): Promise<boolean> =>
  fetch(url).then(
    (answer) => answer.ok,
    () => false
  )

export const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo
      server.close(() => resolve(port))
    })
  })
