/** Settings that several kinds of channels share. Secrets are trimmed: they are pasted. */
import { Schema } from "effect"
import { Base64 } from "effect/encoding"
import { HttpUrl, urlLength } from "../monitor-types/fields/HttpUrl.ts"

/** Tokens and keys: one line without blanks, as HTTP can carry it. */
export const Token = Schema.Trimmed.check(
  Schema.isPattern(/^[!-~]+$/, { message: "Paste the token as it is, without blanks" }),
  Schema.isBetweenLength(1, 500, { message: "A token has 1 to 500 characters" })
)

/** Of a product that people run themselves: where it is, with or without a path. */
export const ServerUrl = HttpUrl.check(
  Schema.makeFilter((text: string) => {
    const { hash, search } = new URL(text)
    return (search === "" && hash === "") || "Write the address alone, without what follows ? or #"
  }),
  urlLength
)

/** The path goes behind what path the server has. */
export const under = (server: string, path: string): URL => new URL(`${server.replace(/\/+$/, "")}${path}`)

/**
 * A webhook of a product whose whole URL is the secret. `looksRight` tells a wrong one when it is pasted; `hint` says
 * what it should look like.
 */
export const secretUrl = (looksRight: (url: URL) => boolean, hint: string) =>
  HttpUrl.check(
    Schema.makeFilter((text: string) => {
      const url = URL.parse(text)
      return (url !== null && url.protocol === "https:" && looksRight(url)) || hint
    }),
    urlLength
  )

export const hostOf = (url: string): string => new URL(url).host

/** HTTP's Basic authentication (RFC 7617), in UTF-8. */
export const basic = (user: string, password: string): readonly [name: string, value: string] => [
  "Authorization",
  `Basic ${Base64.encode(new TextEncoder().encode(`${user}:${password}`))}`
]

export const bearer = (token: string): readonly [name: string, value: string] => ["Authorization", `Bearer ${token}`]
