/** A curl command in the place of a URL: taken over into the form. */
import type { Kind } from "#lib/settings/fields.ts"
import type { FormState } from "#lib/settings/form.svelte.ts"
import { looksLikeCurl, secretsIn, takenOver } from "./takeOver.ts"

const urlField = "settings.url"

export class CurlPaste {
  /** Only requests over HTTP can be said so. */
  readonly isOffered: boolean
  /** What was not taken over. */
  notes = $state.raw<ReadonlyArray<string>>([])
  readonly #form: FormState
  readonly #kind: Kind

  constructor(kind: Kind, form: FormState, notes: ReadonlyArray<string>) {
    this.#kind = kind
    this.#form = form
    this.isOffered = kind.type === "http"
    this.notes = notes
  }

  /** The command that stands where a URL should, if one does. */
  get command(): string | undefined {
    this.#form.hear()
    const text = this.#form.at(urlField)
    return this.isOffered && looksLikeCurl(text) ? text : undefined
  }

  /** The parser comes when it is wanted. */
  readonly take = async (command: string): Promise<void> => {
    const { parseCurl } = await import("./parse.ts")
    const pasted = parseCurl(command)
    const { fields } = this.#kind
    this.#form.hear()
    this.#form.values = {
      ...takenOver(fields, this.#form.values, pasted),
      ...secretsIn(fields, pasted),
      curl: ""
    }
    this.notes = pasted.problems
  }

  readonly onpaste = (event: ClipboardEvent): void => {
    const text = event.clipboardData?.getData("text") ?? ""
    const isUrl = event.target instanceof HTMLInputElement && event.target.name === urlField
    if (!this.isOffered || !isUrl || !looksLikeCurl(text)) return
    event.preventDefault()
    void this.take(text)
  }
}
