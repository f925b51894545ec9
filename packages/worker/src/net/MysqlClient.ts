/**
 * MySQL and MariaDB through mysql2, which is given a connected stream: it dials nothing, and where it would make the TLS
 * handshake, ours is made. It never evaluates code that a server's answer shaped, and sends no files.
 */
import type { EventEmitter } from "node:events"
import { DialFailed } from "@v-insight/domain/monitor-types/Conversation"
import { type DatabaseRequest, maxRows } from "@v-insight/domain/monitor-types/DatabaseClients"
import { Effect } from "effect"
import mysql2 from "mysql2"
import { endedEarly, leftMs, noProtocol, noTls, refused, type Answered, type Failed } from "./DatabaseTalk.ts"
import { LibrarySocket } from "./LibrarySocket.ts"
import { MysqlFraming } from "./MysqlFraming.ts"
import type { SafeSocket } from "./SafeSocket.ts"

const product = "MySQL"

export const mysql = (open: SafeSocket, request: DatabaseRequest): Effect.Effect<Answered, Failed> =>
  Effect.callback<Answered, Failed>((resume) => {
    let isSignedIn = false
    let version: string | undefined
    const fail = (error: MysqlError): void => resume(Effect.fail(failureOf(error, isSignedIn, open)))
    const stream = new LibrarySocket(open.socket, new MysqlFraming(), () => resume(Effect.fail(noProtocol(product))))
    const connection = connectionFor(request, stream, (done) => {
      stream.detach()
      // The scope's end closes the connection, and the handshake with it.
      Effect.runCallback(open.startTls(request.tls!), {
        onExit: (exit) => {
          if (exit._tag === "Failure") return resume(Effect.failCause(exit.cause))
          stream.attach(exit.value)
          done()
        }
      })
    })
    connection.on("error", fail)
    connection.on("connect", (handshake: Handshake) => {
      isSignedIn = true
      version = handshake.serverVersion
      const steps = [stopAfter(version, leftMs(request, open)), readOnly]
      prepare(connection, steps, fail, () =>
        firstValue(connection, request.query, fail, (rows) => {
          resume(Effect.succeed({ ...rows, version }))
          // COM_QUIT, so that the server does not count an aborted client.
          connection.end()
        })
      )
    })
    return Effect.sync(() => void stream.destroy())
  })

interface Handshake {
  readonly serverVersion: string
}

type Connection = mysql2.Connection & EventEmitter

/** `startTls` is called when the server has agreed and our request for TLS is on its way. */
const connectionFor = (
  { database, password, tls, user }: DatabaseRequest,
  stream: LibrarySocket,
  startTls: (done: () => void) => void
): Connection => {
  const connection = mysql2.createConnection({
    stream,
    user,
    password,
    ...(database === "" ? {} : { database }),
    ...(tls === undefined ? {} : { ssl: {} }),
    // The time limit is the connection's.
    connectTimeout: 0,
    // Rows are read by code that is written down, not by code that is made of the server's column names.
    disableEval: true,
    flags: ["-LOCAL_FILES"],
    rowsAsArray: true,
    typeCast: (field) => field.string()
  })
  return Object.assign(connection as Connection, { startTLS: startTls })
}

const stopAfter = (version: string, ms: number): string =>
  /mariadb/i.test(version)
    ? `SET SESSION max_statement_time = ${(ms / 1000).toFixed(3)}`
    : `SET SESSION max_execution_time = ${ms}`

/** For every transaction to come: CREATE TABLE and its like end the one they stand in, and only then begin. */
const readOnly = "SET SESSION TRANSACTION READ ONLY"

const unknownVariable = 1193

const prepare = (
  connection: Connection,
  [step, ...steps]: ReadonlyArray<string>,
  fail: (error: MysqlError) => void,
  done: () => void
): void => {
  if (step === undefined) return done()
  connection.query(step, (error) => {
    // Old servers know no such limit; the connection has one too.
    if (error !== null && error.errno !== unknownVariable) return fail(error)
    prepare(connection, steps, fail, done)
  })
}

interface Rows {
  readonly value: string | undefined
  readonly rows: number
}

const firstValue = (
  connection: Connection,
  sql: string,
  fail: (error: MysqlError) => void,
  done: (rows: Rows) => void
): void => {
  let rows = 0
  let value: string | undefined
  const query = connection.query({ sql })
  query.on("result", (row: unknown) => {
    // Statements without rows tell how they went instead.
    if (!Array.isArray(row)) return
    if (rows++ === 0) value = (row[0] as string | null) ?? undefined
    if (rows === maxRows) done({ rows, value })
  })
  query.on("end", () => done({ rows, value }))
  query.on("error", fail)
}

type MysqlError = Error & { readonly code?: string | undefined; readonly errno?: number | undefined }

/** Server error numbers of MySQL's and MariaDB's references; without one, it is the library that speaks. */
const failureOf = (error: MysqlError, isSignedIn: boolean, open: SafeSocket): Failed => {
  const { code, errno, message } = error
  switch (errno) {
    case undefined:
      if (code === "PROTOCOL_CONNECTION_LOST") return endedEarly(open)
      if (code === "HANDSHAKE_NO_SSL_SUPPORT") return noTls
      if (code?.startsWith("AUTH_SWITCH") === true)
        return refused("authentication_failed", "Signing in failed", message)
      return noProtocol(product)
    case 1045: // ER_ACCESS_DENIED_ERROR
    case 1698: // ER_ACCESS_DENIED_NO_PASSWORD_ERROR
    case 3118: // ER_ACCOUNT_HAS_BEEN_LOCKED
    case 1820: // ER_MUST_CHANGE_PASSWORD
    case 1862: // ER_MUST_CHANGE_PASSWORD_LOGIN
      return refused("authentication_failed", "The server did not accept user and password", message)
    case 1044: // ER_DBACCESS_DENIED_ERROR
    case 1049: // ER_BAD_DB_ERROR
      return refused("database_missing", "There is no such database for this user", message)
    case 1040: // ER_CON_COUNT_ERROR
    case 1203: // ER_TOO_MANY_USER_CONNECTIONS
    case 1053: // ER_SERVER_SHUTDOWN
      return refused("server_busy", "The server takes no more work now", message)
    case 1969: // MariaDB: ER_STATEMENT_TIMEOUT
    case 3024: // MySQL: ER_QUERY_TIMEOUT
      return new DialFailed({ cause: "timeout_transfer", detail: String(errno), facts: open.facts() })
    default:
      return isSignedIn
        ? refused("query_failed", "The query failed", message)
        : refused("sign_in_failed", "The server did not let the user in", message)
  }
}
