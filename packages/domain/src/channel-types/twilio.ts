/**
 * Text messages by Twilio (twilio.com/docs, "Messages resource: Create"): a form with Basic authentication. Short, since
 * each piece is paid for. What is wrong comes as `code` and `message`; 429 is code 20429.
 */
import { Schema } from "effect"
import { define, type Message } from "./ChannelType.ts"
import { basic, Token } from "./fields.ts"
import { wordsOf } from "./message.ts"
import { post } from "./post.ts"
import { cut } from "./text.ts"

/** Two pieces of GSM text (153 each), then the link. Twilio takes 1,600 characters in all. */
const maxText = 306
const maxBody = 1600

const number = /^\+[1-9]\d{6,14}$/
const Sid = (prefix: string) =>
  Schema.isPattern(new RegExp(`^${prefix}[0-9a-f]{32}$`), { message: `Begins with ${prefix} and has 34 characters` })

const Settings = Schema.Struct({
  to: Schema.Trimmed.check(
    Schema.isPattern(number, { message: "Write the number with its country: +4915112345678" })
  ).annotate({
    title: "To",
    description: "With + and the country's number.",
    examples: ["+4915112345678"]
  }),
  from: Schema.Trimmed.check(
    Schema.makeFilter(
      (text: string) =>
        number.test(text) ||
        /^MG[0-9a-f]{32}$/.test(text) ||
        (/^[A-Za-z0-9 ]{1,11}$/.test(text) && /[A-Za-z]/.test(text)) ||
        "Write a number such as +15005550006, the SID of a messaging service (MG...), or a sender of up to 11 letters"
    ),
    // Last: JSON Schema keeps what is said of a field with the last check that it can express.
    Schema.isMaxLength(34, { message: "A sender has at most 34 characters" })
  ).annotate({
    title: "From",
    description: "One of your numbers, a messaging service's SID, or a sender's name where the country allows it.",
    examples: ["+15005550006"]
  }),
  accountSid: Schema.Trimmed.check(Sid("AC")).annotate({
    title: "Account SID",
    description: "Stands on the console's first page."
  }),
  authToken: Token.annotate({
    title: "Auth token",
    description: "Stands below the account SID; with an API key, its secret."
  }),
  apiKeySid: Schema.optionalKey(
    Schema.NullOr(Schema.Trimmed.check(Sid("SK"))).annotate({
      title: "API key SID",
      description: "With an API key in place of the auth token, which can do everything."
    })
  )
}).annotate({ identifier: "TwilioSettings" })
type Settings = typeof Settings.Type

export const twilio = define({
  type: "twilio",
  label: "Text message (Twilio)",
  description: "SMS to one phone, by your account at Twilio.",
  target: ({ to }) => to,
  settings: Settings,
  secrets: ["authToken"],
  deliver: ({ accountSid, apiKeySid, authToken, from, to }: Settings, { event }: Message) =>
    post(
      {
        url: new URL(`https://api.twilio.com/2010-04-01/Accounts/${accountSid}/Messages.json`),
        headers: [basic(apiKeySid ?? accountSid, authToken)],
        form: { To: to, [from.startsWith("MG") ? "MessagingServiceSid" : "From"]: from, Body: textOf(event) }
      },
      ({ json }) => ({ says: json["message"] })
    )
})

const textOf = (event: Message["event"]): string => {
  const { lines, links, title } = wordsOf(event)
  const text = cut([`${title}.`, ...lines].join(" "), maxText)
  // The one that does most.
  const link = links.at(-1)
  return link === undefined || text.length + link.url.length >= maxBody ? text : `${text} ${link.url}`
}
