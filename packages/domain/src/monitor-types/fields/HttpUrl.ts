/** A URL that HTTP can request. */
import { Schema } from "effect"

const isHttpUrl = (text: string): boolean => {
  if (!URL.canParse(text)) return false
  const url = new URL(text)
  return (url.protocol === "http:" || url.protocol === "https:") && url.hostname !== ""
}

/** UTF-16 code units. What is longer is not even looked at. */
export const maxUrlLength = 2048

/** A sentence for people, which never repeats credentials. */
export const urlProblem = (text: string): string | undefined => {
  if (!isHttpUrl(text)) return "Write a whole URL such as https://example.org/health"
  const { password, username } = new URL(text)
  return username === "" && password === ""
    ? undefined
    : "Put credentials into an Authorization header, not into the URL"
}

/** Last: JSON Schema keeps what is said of a field with the last check that it can express. */
export const urlLength = Schema.isMaxLength(maxUrlLength, { message: "A URL may have at most 2,048 characters" })

/** Absolute, http or https, with a host and without credentials. */
export const HttpUrl = Schema.String.check(
  Schema.makeFilter((text: string) => text.length > maxUrlLength || (urlProblem(text) ?? true)),
  urlLength
)
