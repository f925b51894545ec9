/** Where a channel's messages go, in few words: out of the settings that are read back, whatever the kind. */
import { target } from "#lib/words/check.ts"

/** What names a receiver, the most telling first. */
const names = ["to", "topic", "roomId", "channel", "chatId", "device", "region"]

export const addressOf = (settings: Readonly<Record<string, unknown>>): string => {
  const text = (name: string): string => {
    const value = settings[name]
    return typeof value === "string" ? value : ""
  }
  if (text("url") !== "") return target(settings)
  const server = URL.canParse(text("server")) ? new URL(text("server")).host : text("server")
  const receiver = names.map(text).find((value) => value !== "") ?? ""
  return [server, receiver].filter(Boolean).join(" ") || "kept secret"
}
