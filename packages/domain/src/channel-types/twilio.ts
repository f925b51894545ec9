/**
 * Text messages by Twilio (twilio.com/docs: "Message resource: Create a Message", "Error 21617", "Error 20429"; twilio-oai,
 * spec/json/twilio_api_v2010.json): a form with Basic authentication, taken with 201. Short, since each piece is paid for.
 * What is wrong comes as `code` and `message`; 429 is code 20429. A repeat is another message: Twilio offers nothing against
 * it.
 */
import { Schema } from "effect"
import { define, type Message } from "./ChannelType.ts"
import { basic, Token } from "./fields.ts"
import { wordsOf } from "./message.ts"
import { post } from "./post.ts"
import { cut } from "./text.ts"

/**
 * Two pieces of GSM text (153 characters each), or three of any other (67 each), then the link. Twilio takes 1,600
 * characters in all.
 */
const limits = { gsm: 306, other: 201, body: 1600 }

/** GSM 7-bit (3GPP TS 23.038, section 6.2.1); a single other character, such as an ellipsis, makes every piece shorter. */
const gsm =
  /^[\n\r !"#$%&'()*+,\-./0-9:;<=>?@A-Z_a-z\u00a1\u00a3-\u00a5\u00a7\u00bf\u00c4-\u00c7\u00c9\u00d1\u00d6\u00d8\u00dc\u00df\u00e0\u00e4-\u00e6\u00e8\u00e9\u00ec\u00f1\u00f2\u00f6\u00f8\u00f9\u00fc\u0393\u0394\u0398\u039b\u039e\u03a0\u03a3\u03a6\u03a8\u03a9^{}\\[\]~|\u20ac]*$/
/** Of these, they take two places each. */
const doubled = /[\^{}\\[\]~|\u20ac]/g

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
        /^\d{3,8}$/.test(text) ||
        (/^[A-Za-z0-9 ]{1,11}$/.test(text) && /[A-Za-z]/.test(text)) ||
        "Write a number such as +15005550006, a short code, the SID of a messaging service (MG...), or up to 11 letters"
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
        form: {
          To: to,
          [/^MG[0-9a-f]{32}$/.test(from) ? "MessagingServiceSid" : "From"]: from,
          Body: textOf(event),
          // Quotes and dashes of typographers become those of GSM.
          SmartEncoded: "true"
        }
      },
      ({ json }) => ({ says: json["message"] })
    )
})

const textOf = (event: Message["event"]): string => {
  const { lines, links, title } = wordsOf(event)
  const text = short([`${title}.`, ...lines].join(" "))
  // The one that does most.
  const link = links.at(-1)
  return link === undefined || text.length + link.url.length >= limits.body ? text : `${text} ${link.url}`
}

const short = (text: string): string => {
  if (!gsm.test(text)) return cut(text, limits.other)
  return cut(text, limits.gsm - (text.slice(0, limits.gsm).match(doubled)?.length ?? 0), "...")
}
