/** A first name for the workspace of somebody who gave none: from the e-mail's domain, unless everybody has that domain. */
const everybodys = new Set([
  "aol",
  "fastmail",
  "gmail",
  "gmx",
  "googlemail",
  "hotmail",
  "icloud",
  "live",
  "mail",
  "me",
  "msn",
  "naver",
  "outlook",
  "pm",
  "proton",
  "protonmail",
  "qq",
  "web",
  "yahoo",
  "yandex",
  "zoho"
])
/** Second-level labels under which names are registered, as in example.co.uk. */
const registries = new Set(["ac", "co", "com", "edu", "gov", "net", "org"])
const maxLength = 120

export const tenantNameOf = (email: string): string => {
  const [person = "", domain = ""] = email.split("@")
  const labels = domain
    .toLowerCase()
    .split(".")
    .filter((label) => label !== "")
  const top = labels.length > 2 && registries.has(labels.at(-2)!) ? 3 : 2
  const name = labels.at(-top) ?? labels[0] ?? ""
  const chosen = name === "" || everybodys.has(name) ? person : name
  return (chosen.charAt(0).toUpperCase() + chosen.slice(1)).slice(0, maxLength)
}
