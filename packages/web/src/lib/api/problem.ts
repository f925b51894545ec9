/** A refusal or a failure of the API, as pages show it. */
export interface Problem {
  readonly status: number
  readonly code: string
  /** A sentence that says what to do. */
  readonly message: string
  /** `path` is the field, dotted, for example `settings.url`. */
  readonly issues: ReadonlyArray<{ readonly path: string; readonly message: string }>
  readonly retryAfterSeconds: number | null
  readonly requestId: string
}

/** The message at one field, if it is at fault; fields below it count. */
export const issueAt = (problem: Problem | undefined | null, path: string): string | undefined =>
  problem?.issues.find((issue) => issue.path === path || issue.path.startsWith(`${path}.`))?.message
