/** Certificates for servers in tests, made by certificates/generate.sh. All of them share one key. */
import { readFileSync } from "node:fs"
import { TlsContexts } from "../TlsContexts.ts"

const read = (name: string): string => readFileSync(new URL(`./certificates/${name}`, import.meta.url), "utf8")

/** `local`: for localhost, *.local.test, 127.0.0.1 and ::1. */
export type CertificateName =
  | "authority" // signed all of them but one
  | "valid" // local, signed by the test authority
  | "expired" // local, until 2021
  | "not-yet-valid" // local, from 2119
  | "wrong-host" // for elsewhere.test
  | "common-name" // localhost as its common name, without alternative names
  | "odd" // local, from the year 0 to 9999, with a long name that has a control character
  | "self-signed" // local, signed by itself
  | "client" // for clients, signed by itself

export const key = read("server.key")

export const certificate = (name: CertificateName): string => read(`${name}.crt`)

/** Trusts the test authority and nobody else. */
export const trustingContexts = new TlsContexts([read("authority.crt")])
