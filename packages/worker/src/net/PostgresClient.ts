/**
 * PostgreSQL through pg, which is given a connected stream and everything it could otherwise look up: it dials nothing,
 * negotiates no TLS and reads neither PG* variables nor ~/.pgpass.
 */
import type { Socket } from "node:net"
import { type DatabaseRequest, maxRows } from "@v-insight/domain/monitor-types/DatabaseClients"
import type { TlsTrust } from "@v-insight/domain/monitor-types/Dialer"
import { DialFailed } from "@v-insight/domain/monitor-types/Conversation"
import { Effect } from "effect"
import { Client, DatabaseError, Query } from "pg"
import { endedEarly, leftMs, noProtocol, noTls, refused, type Answered, type Failed } from "./DatabaseTalk.ts"
import { LibrarySocket } from "./LibrarySocket.ts"
import { PostgresFraming } from "./PostgresFraming.ts"
import type { SafeSocket } from "./SafeSocket.ts"

const product = "PostgreSQL"

/** Protocol documentation, section 54.7: SSLRequest. The server answers with one byte, S or N. */
const sslRequest = Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f])

export const postgres = (open: SafeSocket, request: DatabaseRequest): Effect.Effect<Answered, Failed> =>
  Effect.flatMap(request.tls === undefined ? Effect.succeed(open.socket) : encrypt(open, request.tls), (socket) =>
    ask(open, socket, request)
  )

const encrypt = (open: SafeSocket, trust: TlsTrust): Effect.Effect<Socket, Failed> =>
  Effect.callback<void, Failed>((resume) => {
    const { socket } = open
    socket.once("data", (bytes: Buffer) => {
      socket.pause()
      const [answer] = bytes
      // More than the byte would be read as if it came from the judged peer (CVE-2021-23222).
      if (bytes.length === 1 && answer === 0x53) return resume(Effect.void)
      resume(Effect.fail(bytes.length === 1 && answer === 0x4e ? noTls : noProtocol(product)))
    })
    socket.once("end", () => resume(Effect.fail(endedEarly(open))))
    socket.write(sslRequest)
  }).pipe(Effect.andThen(open.startTls(trust)))

const ask = (open: SafeSocket, socket: Socket, request: DatabaseRequest): Effect.Effect<Answered, Failed> =>
  Effect.callback<Answered, Failed>((resume) => {
    let isSignedIn = false
    let version: string | undefined
    const fail = (error: Error): void => resume(Effect.fail(failureOf(error, isSignedIn, open)))
    const stream = new LibrarySocket(socket, new PostgresFraming(), () => resume(Effect.fail(noProtocol(product))))
    const client = clientFor(request, stream)
    client.on("error", fail)
    client.connection.on("parameterStatus", ({ parameterName, parameterValue }) => {
      if (parameterName === "server_version") version = parameterValue
    })
    client.connect((error: Error | null | undefined) => {
      if (error) return fail(error)
      isSignedIn = true
      // By itself, so that the tenant's statement cannot bring one along that ends the transaction.
      client.query(`BEGIN READ ONLY; SET LOCAL statement_timeout = ${leftMs(request, open)}`, (error: Error | null) => {
        if (error) return fail(error)
        firstValue(client, request.query, fail, ({ isWhole, ...it }) => {
          const answer = Effect.succeed({ ...it, version })
          if (!isWhole) return resume(answer)
          // A pooler in between keeps the connection when the transaction is over.
          client.query("ROLLBACK", () => {
            client.end(() => {})
            resume(answer)
          })
        })
      })
    })
    return Effect.sync(() => void stream.destroy())
  })

type Connection = { readonly on: (event: "parameterStatus", listener: (message: ParameterStatus) => void) => void }
type ParameterStatus = { readonly parameterName: string; readonly parameterValue: string }

/** Empty values would be taken from PG* variables; what is sent first is ours alone. */
const clientFor = (request: DatabaseRequest, stream: LibrarySocket) => {
  const { password, user } = request
  const database = request.database === "" ? user : request.database
  const client = new Client({
    stream: () => stream,
    user,
    database,
    password: () => password,
    ssl: false,
    sslnegotiation: "postgres"
  })
  return Object.assign(client as Client & { readonly connection: Connection }, {
    getStartupConf: () => ({ user, database, application_name: "V-Insight", client_encoding: "UTF8" })
  })
}

interface Rows {
  readonly value: string | undefined
  readonly rows: number
  /** There are no more. */
  readonly isWhole: boolean
}

const firstValue = (client: Client, text: string, fail: (error: Error) => void, done: (rows: Rows) => void): void => {
  const query = new Query<Array<string | null>>({ text, ...asText })
  let rows = 0
  let value: string | undefined
  query.on("row", (row: Array<string | null>) => {
    if (rows++ === 0) value = row[0] ?? undefined
    if (rows === maxRows) done({ rows, value, isWhole: false })
  })
  query.on("end", () => done({ rows, value, isWhole: true }))
  query.on("error", fail)
  client.query(query)
}

/** One statement, parsed and bound (`extended`), so many rows at a time, each a list of what the server wrote. */
const asText = {
  rowMode: "array",
  queryMode: "extended",
  rows: maxRows,
  types: { getTypeParser: () => (text: string) => text }
}

/** SQLSTATE, PostgreSQL's documentation, appendix A. */
const failureOf = (error: Error & { readonly code?: string }, isSignedIn: boolean, open: SafeSocket): Failed => {
  const { code = "", message } = error
  if (error instanceof DatabaseError) {
    if (code.startsWith("28"))
      return refused("authentication_failed", "The server did not accept user and password", message)
    if (code === "3D000") return refused("database_missing", "There is no such database", message)
    if (code === "57014") return new DialFailed({ cause: "timeout_transfer", detail: code, facts: open.facts() })
    if (/^(53|57P)/.test(code)) return refused("server_busy", "The server takes no more work now", message)
    return isSignedIn
      ? refused("query_failed", "The query failed", message)
      : refused("sign_in_failed", "The server did not let the user in", message)
  }
  if (message.startsWith("SASL")) return refused("authentication_failed", "Signing in failed", message)
  return message.startsWith("Connection terminated") ? endedEarly(open) : noProtocol(product)
}
