/** What a field ties its control to: its label, its help and its error. */
export interface Control {
  readonly id: string
  readonly name: string
  readonly "aria-describedby": string | undefined
  readonly "aria-invalid": "true" | undefined
}
