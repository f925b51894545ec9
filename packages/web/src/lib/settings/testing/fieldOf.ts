/** A field as the server would have derived it. */
import type { SettingsField } from "../fields.ts"

export const fieldOf = (
  name: string,
  kind: SettingsField["kind"],
  more: Partial<SettingsField> = {}
): SettingsField => ({
  name,
  kind,
  title: name,
  help: null,
  isRequired: false,
  isSecret: false,
  options: [],
  isNumeric: false,
  minimum: null,
  maximum: null,
  defaultText: "",
  fields: [],
  ...more
})
