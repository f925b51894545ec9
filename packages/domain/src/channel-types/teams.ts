/**
 * Microsoft Teams by a workflow (learn.microsoft.com: "Create incoming webhooks with Workflows for Microsoft Teams",
 * "Connectors: Microsoft Teams, known issues", "Text features in Adaptive Cards"; adaptivecards.io, "Schema Explorer"): a
 * message with one Adaptive Card to the URL of "When a Teams webhook request is received". Connectors of Office 365 are
 * gone, and so is their format; addresses at logic.azure.com that Power Automate gave ended in November 2025. Text stands
 * in RichTextBlocks, whose runs know no Markdown; a mention would need `msteams.entities`, which we never send. Answered
 * with 202 and worked off later; a repeat is another message.
 */
import { Schema } from "effect"
import { define, type Message } from "./ChannelType.ts"
import { hostOf, secretUrl } from "./fields.ts"
import { wordsOf, type Words } from "./message.ts"
import { type Answer, post } from "./post.ts"
import { cut } from "./text.ts"

/** A message may have 28 KB. */
const maxText = 4000

const Settings = Schema.Struct({
  url: secretUrl(
    ({ hostname }) => !hostname.endsWith(".webhook.office.com") && hostname !== "outlook.office.com",
    "Paste the URL of a workflow in Teams. Connectors of Office 365 no longer work: make a workflow in their place"
  ).annotate({
    title: "Workflow URL",
    description: "Of the workflow 'Send webhook alerts to a channel'. Whoever has it can post.",
    examples: [
      "https://default00.00.environment.api.powerplatform.com/powerautomate/automations/direct/workflows/00/triggers/manual/paths/invoke?api-version=1&sig=XXXX"
    ]
  })
}).annotate({ identifier: "TeamsSettings" })
type Settings = typeof Settings.Type

export const teams = define({
  type: "teams",
  label: "Microsoft Teams",
  description: "A channel or chat in Teams, by a workflow.",
  target: ({ url }) => hostOf(url),
  settings: Settings,
  secrets: ["url"],
  deliver: ({ url }: Settings, message: Message) =>
    post({ url: new URL(url), json: bodyOf(message) }, (answer) => ({ says: errorOf(answer) }))
})

const errorOf = ({ json }: Answer): unknown => {
  const error = json["error"]
  return typeof error === "object" && error !== null && "message" in error ? error.message : undefined
}

const bodyOf = ({ event }: Message) => {
  const words = wordsOf(event)
  return {
    type: "message",
    attachments: [
      {
        contentType: "application/vnd.microsoft.card.adaptive",
        contentUrl: null,
        content: {
          $schema: "http://adaptivecards.io/schemas/adaptive-card.json",
          type: "AdaptiveCard",
          version: "1.4",
          body: [
            paragraph(words.title, { weight: "Bolder", size: "Large", color: colorOf(words) }),
            ...words.lines.map((line) => paragraph(line))
          ],
          actions: words.links.map(({ label, url }) => ({ type: "Action.OpenUrl", title: label, url }))
        }
      }
    ]
  }
}

const paragraph = (text: string, look: Readonly<Record<string, string>> = {}) => ({
  type: "RichTextBlock",
  inlines: [{ type: "TextRun", text: cut(text, maxText), ...look }]
})

const colorOf = ({ mood, severity }: Words): string => {
  if (mood === "over") return "Good"
  if (mood === "notice") return "Accent"
  return severity === "critical" ? "Attention" : "Warning"
}
