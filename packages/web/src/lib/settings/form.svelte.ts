/** A form as it is filled in: what stands in it, what is wrong with it, and rows that come and go. */
import type { AssertionVerdict, CheckOutcome } from "@v-insight/domain/model/CheckOutcome"
import { tick } from "svelte"
import { issueAt, type Problem } from "#lib/api/problem.ts"
import { type Change, changed, changeText } from "./change.ts"
import type { SettingsField } from "./fields.ts"
import { type FormValues, rowCount, saidIn } from "./values.ts"

interface Given {
  readonly fields: ReadonlyArray<SettingsField>
  readonly values: FormValues
  /** Names of secrets that are kept unless they are typed anew. */
  readonly secretsSet?: ReadonlyArray<string>
  /** Absent: what is set can be taken away. */
  readonly canRemoveSecrets?: boolean
  readonly problem: () => Problem | undefined
  /** What a test of these values found. */
  readonly outcome?: CheckOutcome | undefined
  /** Of the rows that were changed last: they are to be seen. */
  readonly touched?: string | undefined
  /** The address of an action of the page, such as `change`. */
  readonly actionUrl: (name: string) => string
}

/** Where the verdicts of a test belong. */
const assertions = "settings.assertions"

/** Everything that a row says. */
const rowText = (values: FormValues, path: string, index: number): string =>
  JSON.stringify(
    ["source", "property", "operator", "expected", "severity"].map((name) => values[`${path}.${index}.${name}`] ?? "")
  )

/** A browser sends nothing and says nothing when what is wrong is folded away. */
const unfold = ({ target }: Event): void => {
  if (!(target instanceof HTMLElement)) return
  for (let fold = target.closest("details"); fold !== null; fold = fold.parentElement?.closest("details") ?? null)
    fold.open = true
}

export class FormState {
  readonly fields: ReadonlyArray<SettingsField>
  readonly secretsSet: ReadonlyArray<string>
  readonly canRemoveSecrets: boolean
  values = $state.raw<FormValues>({})
  #touched = $state("")
  #actionUrl: Given["actionUrl"]
  /** What was found of each assertion, by what it said then: one that was changed since has not been judged. */
  #verdicts = $state.raw<ReadonlyMap<string, AssertionVerdict>>(new Map())
  #problem: () => Problem | undefined
  #element: HTMLFormElement | undefined

  constructor({
    fields,
    values,
    secretsSet = [],
    canRemoveSecrets = true,
    problem,
    outcome,
    touched = "",
    actionUrl
  }: Given) {
    this.fields = fields
    this.values = values
    this.secretsSet = secretsSet
    this.canRemoveSecrets = canRemoveSecrets
    this.#problem = problem
    this.#touched = touched
    this.#actionUrl = actionUrl
    if (outcome !== undefined) this.judged(values, outcome)
  }

  at(path: string): string {
    return this.values[path] ?? ""
  }

  rows(path: string): number {
    return rowCount(this.values, path)
  }

  /** `tested`: the values then. */
  judged(tested: FormValues, { detail }: CheckOutcome): void {
    const verdicts = detail?.assertions ?? []
    const isWhole = verdicts.length === rowCount(tested, assertions)
    this.#verdicts = new Map(
      isWhole ? verdicts.map((verdict, index) => [rowText(tested, assertions, index), verdict]) : []
    )
  }

  verdict(path: string, index: number): AssertionVerdict | undefined {
    return path === assertions ? this.#verdicts.get(rowText(this.values, path, index)) : undefined
  }

  /** What is wrong at one field or, of a field that has others, anywhere within. */
  issue(path: string): string | undefined {
    return issueAt(this.#problem(), path)
  }

  /** What is wrong with rows as such. */
  ownIssue(path: string): string | undefined {
    return this.#problem()?.issues.find((issue) => issue.path === path)?.message
  }

  /** Whether rows at or below this path were changed last. */
  isTouched(path: string): boolean {
    return `${this.#touched}.`.startsWith(`${path}.`)
  }

  /** Without JS the page itself says where to begin: at the first thing that is wrong. */
  isFirstWrong(path: string): boolean {
    const issues = this.#problem()?.issues ?? []
    const first = (issues.find((issue) => issue.path.startsWith("settings.")) ?? issues[0])?.path
    return first !== undefined && (first === path || first.startsWith(`${path}.`))
  }

  /** The form is alive: what was typed before counts too. */
  attach(element: HTMLFormElement): () => void {
    this.#element = element
    const hear = () => this.hear()
    hear()
    element.addEventListener("input", hear)
    element.addEventListener("invalid", unfold, true)
    return () => {
      element.removeEventListener("input", hear)
      element.removeEventListener("invalid", unfold, true)
    }
  }

  hear(): void {
    if (this.#element !== undefined) this.values = saidIn(new FormData(this.#element))
  }

  /** What a button that carries a change has as attributes; without JS it is sent. */
  button(change: Change) {
    return {
      name: "change",
      value: changeText(change),
      formaction: this.#actionUrl("change"),
      formnovalidate: true,
      onclick: (event: MouseEvent) => {
        event.preventDefault()
        void this.change(change)
      }
    } as const
  }

  async change(change: Change): Promise<void> {
    this.hear()
    this.values = changed(this.fields, this.values, change)
    if (change.kind === "refresh") return
    this.#touched = change.path
    await tick()
    const place = change.kind === "add" ? `${change.path}.${this.rows(change.path) - 1}.` : `${change.path}+`
    this.#element
      ?.querySelector<HTMLElement>(`:is([name^="${place}"],[data-add="${place}"]):not([type="hidden"])`)
      ?.focus()
  }

  async focusFirstWrong(): Promise<void> {
    await tick()
    this.#element?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus()
  }
}
