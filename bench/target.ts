/** What is checked: servers on loopback that answer at once, or never (silent). `node bench/target.ts http|https|bare|tcp|silent|dns`. */
import { createSocket } from "node:dgram"
import { createServer as createHttp } from "node:http"
import { createServer as createHttps } from "node:https"
import { createServer as createTcp, type AddressInfo } from "node:net"
import { readFileSync } from "node:fs"
import path from "node:path"
import { root } from "./processes.ts"

const certificates = path.join(root, "packages/worker/src/net/testing/certificates")
/** Signs the target's certificate; give it to a process as NODE_EXTRA_CA_CERTS. */
export const authority = path.join(certificates, "authority.crt")

const answer = (
  _: unknown,
  response: { setHeader: (name: string, value: string) => unknown; end: (body: string) => unknown }
) => {
  response.setHeader("content-type", "text/plain")
  response.end("ok\n")
}

/** The name that DNS is asked for; the target knows no other, and does not look. */
export const askedName = "bench.example.org"

const listen = {
  http: () => createHttp(answer),
  https: () =>
    createHttps(
      {
        key: readFileSync(path.join(certificates, "server.key")),
        cert: readFileSync(path.join(certificates, "valid.crt"))
      },
      answer
    ),
  /** Reads nothing and says the same to everybody: the least that a target in Node can be. */
  bare: () =>
    createTcp((socket) =>
      socket
        .on("error", () => {})
        .once("data", () => socket.end("HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\nok\n"))
    ),
  tcp: () => createTcp((socket) => socket.on("error", () => {}).end()),
  silent: () => createTcp((socket) => socket.on("error", () => {}).resume())
}

/** The question again, with one A record (RFC 1035 section 4.1): 192.0.2.1 for 60 s, named by a pointer to the question. */
const dnsAnswer = (question: Buffer): Buffer => {
  const end = question.indexOf(0, 12) + 5
  const head = Buffer.from(question.subarray(0, end))
  head.writeUInt16BE(0x8180, 2)
  head.writeUInt16BE(1, 6)
  head.writeUInt32BE(0, 8)
  return Buffer.concat([head, Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 1])])
}

const tell = ({ port }: AddressInfo) => console.log(JSON.stringify({ message: "listening", port }))

if (process.argv[1] === import.meta.filename) {
  const kind = process.argv[2] as keyof typeof listen | "dns"
  if (kind === "dns") {
    const socket = createSocket("udp4", (question, { address, port }) =>
      socket.send(dnsAnswer(question), port, address)
    )
    socket.bind(0, "127.0.0.1", () => tell(socket.address()))
  } else {
    const server = listen[kind]()
    server.listen({ port: 0, host: "127.0.0.1", backlog: 4096 }, () => tell(server.address() as AddressInfo))
  }
}
