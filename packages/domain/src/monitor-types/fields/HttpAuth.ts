/** Credentials that HTTP carries in the Authorization header. */
import { Effect, Schema } from "effect"
import { Base64 } from "effect/encoding"

/** Neither field can have a control character (RFC 7617 section 2). */
const noControls = Schema.makeFilter(
  (text: string) => !/\p{Cc}/u.test(text) || "There is a line break or another control character in it"
)

export const authFields = {
  auth: Schema.Literals(["none", "basic", "bearer"])
    .annotate({ title: "Authentication", description: "Sent to the URL's own origin only." })
    .pipe(Schema.withDecodingDefaultKey(Effect.succeed("none" as const))),
  username: Schema.optionalKey(
    Schema.NullOr(
      Schema.String.check(
        noControls,
        Schema.makeFilter((name: string) => !name.includes(":") || "A user name cannot have a colon"),
        Schema.isMaxLength(256, { message: "A user name may have at most 256 characters" })
      )
    ).annotate({ title: "User name", description: "Of basic authentication." })
  ),
  password: Schema.optionalKey(
    Schema.NullOr(
      Schema.String.check(
        noControls,
        Schema.isMaxLength(1024, { message: "A password may have at most 1,024 characters" })
      )
    ).annotate({ title: "Password", description: "Of basic authentication." })
  ),
  token: Schema.optionalKey(
    Schema.NullOr(
      Schema.String.check(
        Schema.makeFilter(
          (token: string) =>
            /^[\x21-\x7e]+$/.test(token) || "A token has no blanks, line breaks or letters beyond ASCII"
        ),
        Schema.isMaxLength(7168, { message: "A token may have at most 7,168 characters" })
      )
    ).annotate({ title: "Token", description: "Of bearer authentication, without the word Bearer." })
  )
}

interface Credentials {
  readonly auth: "none" | "basic" | "bearer"
  readonly username?: string | null
  readonly password?: string | null
  readonly token?: string | null
}

/** The value of the Authorization header: RFC 7617 in UTF-8, or RFC 6750. */
export const authorizationOf = ({ auth, password, token, username }: Credentials): string | undefined => {
  switch (auth) {
    case "none":
      return undefined
    case "basic":
      return `Basic ${Base64.encode(new TextEncoder().encode(`${username ?? ""}:${password ?? ""}`))}`
    case "bearer":
      return `Bearer ${token ?? ""}`
  }
}

export const authProblem = (
  credentials: Credentials & { readonly headers: Readonly<Record<string, string>> }
): Schema.FilterOutput => {
  const { auth, headers, token, username } = credentials
  if (auth === "none") return undefined
  if (auth === "basic" && (username == null || username === "")) {
    return { path: ["username"], issue: "Write the user name" }
  }
  if (auth === "bearer" && (token == null || token === "")) return { path: ["token"], issue: "Write the token" }
  return Object.keys(headers).some((name) => name.toLowerCase() === "authorization")
    ? { path: ["headers"], issue: "Authentication sets the Authorization header already: remove one of them" }
    : undefined
}
