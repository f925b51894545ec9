/** What a small system file says, read again when it has changed. */
import { readFileSync, statSync } from "node:fs"
import { Result } from "effect"

/** How long a change may go unnoticed, milliseconds. */
const checkEveryMs = 1_000

export class ChangingFile<A> {
  readonly #path: string
  readonly #parse: (text: string) => A
  #checkedAt = Number.NEGATIVE_INFINITY
  #version = ""
  #value: A

  constructor(path: string, parse: (text: string) => A) {
    this.#path = path
    this.#parse = parse
    this.#value = parse("")
  }

  /** An absent or unreadable file counts as empty. */
  current(): A {
    const now = performance.now()
    if (now - this.#checkedAt < checkEveryMs) return this.#value
    this.#checkedAt = now
    const version = versionOf(this.#path)
    if (version !== this.#version) {
      this.#version = version
      this.#value = this.#parse(contentOf(this.#path))
    }
    return this.#value
  }
}

const versionOf = (path: string): string =>
  orEmpty(() => {
    const { ino, mtimeMs, size } = statSync(path)
    return `${ino} ${mtimeMs} ${size}`
  })

const contentOf = (path: string): string => orEmpty(() => readFileSync(path, "utf8"))

const orEmpty = (read: () => string): string => Result.getOrElse(Result.try(read), () => "")
