/**
 * As whom PostgreSQL runs. It refuses to run as root, so root hands it to `postgres` or `nobody`; that user must then be
 * able to reach the binaries and the data, which a folder like /root (mode 0700) prevents.
 */
import { Effect, FileSystem, Option, Path } from "effect"
import { PostgresError } from "./PostgresError.ts"

export interface Account {
  readonly uid: number
  readonly gid: number
  readonly name: string
}

/** Who we are: root or not decides everything below. Windows knows no user ids. */
export const ownUid = (): number | undefined => process.getuid?.()

const candidates = ["postgres", "nobody"]

/** The account to give PostgreSQL to; undefined when it can run as ourselves. */
export const choose = Effect.fn("Account.choose")(function* () {
  if (ownUid() !== 0) return undefined
  const fs = yield* FileSystem.FileSystem
  const accounts = parse(yield* fs.readFileString("/etc/passwd").pipe(Effect.orElseSucceed(() => "")))
  const found = candidates.flatMap((name) => accounts.filter((account) => account.name === name)).at(0)
  if (found !== undefined) return found
  return yield* new PostgresError({
    message:
      "PostgreSQL does not run as root and this machine has neither a user postgres nor nobody: start as an ordinary user, or set DATABASE_URL"
  })
})

/** Lines of /etc/passwd. */
const parse = (passwd: string): ReadonlyArray<Account> =>
  passwd.split("\n").flatMap((line) => {
    const [name = "", , uid, gid] = line.split(":")
    return uid === undefined || gid === undefined ? [] : [{ name, uid: Number(uid), gid: Number(gid) }]
  })

const mayEnter = (mode: number, uid: number | undefined, gid: number | undefined, account: Account): boolean =>
  (mode & (uid === account.uid ? 0o100 : gid === account.gid ? 0o010 : 0o001)) !== 0

/** The first folder on the way to `target` (itself included) that `account` cannot enter; undefined when there is none. */
export const obstacle = Effect.fn("Account.obstacle")(function* (target: string, account: Account | undefined) {
  if (account === undefined) return undefined
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  let folder = path.parse(target).root
  for (const name of ["", ...path.relative(folder, target).split(path.sep)]) {
    folder = path.join(folder, name)
    const info = yield* Effect.option(fs.stat(folder))
    if (Option.isNone(info)) return undefined
    const { gid, mode, type, uid } = info.value
    if (type === "Directory" && !mayEnter(mode, Option.getOrUndefined(uid), Option.getOrUndefined(gid), account)) {
      return folder
    }
  }
  return undefined
})
