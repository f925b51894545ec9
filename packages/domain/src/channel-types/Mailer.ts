/**
 * Sends one letter by SMTP. The worker implements it over the Dialer (worker/net/MailClient.ts): address policy, limits
 * and judgement of certificates are those of everything that a tenant can steer.
 */
import { Context, Data, type Effect } from "effect"
import type { CheckError } from "../model/CheckOutcome.ts"

export interface MailServer {
  readonly host: string
  readonly port: number
  /** `starttls` and `tls` or nothing: never less than was asked for. */
  readonly security: "none" | "starttls" | "tls"
  readonly login?: { readonly username: string; readonly password: string } | undefined
  /** PEM: trusted in place of the usual authorities. */
  readonly ca?: string | undefined
}

export interface Letter {
  /** Addresses without names; they are the envelope's, too. */
  readonly from: string
  readonly to: string
  readonly fromName: string
  readonly subject: string
  readonly text: string
  readonly html: string
  /** With its angle brackets, as the next two. */
  readonly messageId: string
  /** What it continues: In-Reply-To and References (RFC 5322 section 3.6.4). */
  readonly continues?: string | undefined
  readonly headers: Readonly<Record<string, string>>
}

export interface Posted {
  /** Of the reply to the letter, such as 250. */
  readonly status: number
  readonly answer: string
}

/** Not taken. `isPermanent`: trying again cannot help (RFC 5321 section 4.2.1). */
export class MailFailed extends Data.TaggedError("MailFailed")<{
  readonly reason: CheckError
  readonly isPermanent: boolean
  readonly status: number | null
  readonly answer: string | null
}> {}

export class Mailer extends Context.Service<
  Mailer,
  {
    /** Succeeds when the server has taken it for the recipient. `timeoutMs` is for all of it. */
    readonly send: (server: MailServer, letter: Letter, timeoutMs: number) => Effect.Effect<Posted, MailFailed>
  }
>()("@v-insight/domain/channel-types/Mailer") {}
