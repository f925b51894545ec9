/** What to ask for: any method that HTTP knows or will know. */
import { Schema } from "effect"

const usual = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]

const problem = (method: string): string | true => {
  if (!/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(method)) return "Write a method such as GET, POST or PURGE"
  const upper = method.toUpperCase()
  // RFC 9110 sections 9.3.6 and 9.3.8: the one turns the connection into a tunnel, the other repeats our credentials.
  if (upper === "CONNECT" || upper === "TRACE") return `${upper} cannot be used to check a target`
  return method === upper || !usual.includes(upper) || `Write ${upper} in capital letters: methods are case-sensitive`
}

/** A token (RFC 9110 section 9.1). */
export const Method = Schema.String.check(
  Schema.makeFilter(problem),
  // Last: JSON Schema keeps what is said of a field with the last check that it can express.
  Schema.isMaxLength(32, { message: "A method may have at most 32 characters" })
).annotate({ title: "Method", description: "What to ask for: GET, HEAD, POST and so on.", examples: usual })
