/** The names of /etc/hosts, which c-ares does not look at by itself. */
import { isIP } from "node:net"
import { platform } from "node:os"
import { ChangingFile } from "./ChangingFile.ts"

export type HostNames = ReadonlyMap<string, ReadonlyArray<string>>

const defaultPath = platform() === "win32" ? "C:\\Windows\\System32\\drivers\\etc\\hosts" : "/etc/hosts"

/** RFC 6761 section 6.3: these are loopback everywhere, and nobody asks a server about them. */
const loopback: ReadonlyArray<string> = ["127.0.0.1", "::1"]

export class HostsFile {
  readonly #file: ChangingFile<HostNames>

  constructor(path = defaultPath) {
    this.#file = new ChangingFile(path, parseHosts)
  }

  /** `name` in lower case. */
  addressesOf(name: string): ReadonlyArray<string> | undefined {
    const written = this.#file.current().get(name)
    if (written !== undefined) return written
    return name === "localhost" || name.endsWith(".localhost") ? loopback : undefined
  }
}

/** hosts(5). Addresses with a zone are left out: they cannot be dialled. */
export const parseHosts = (text: string): HostNames => {
  const hosts = new Map<string, Array<string>>()
  for (const line of text.split("\n")) {
    const [address, ...names] = line.replace(/#.*/, "").trim().split(/\s+/)
    if (address === undefined || isIP(address) === 0 || address.includes("%")) continue
    for (const name of names) {
      const key = name.toLowerCase()
      const known = hosts.get(key)
      if (known === undefined) hosts.set(key, [address])
      else if (!known.includes(address)) known.push(address)
    }
  }
  return hosts
}
