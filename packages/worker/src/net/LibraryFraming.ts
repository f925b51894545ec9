/** What of a server's bytes a library is told: whole messages that are well-formed, as it takes for granted. */
export interface LibraryFraming {
  /** What may be passed on; undefined once something is not of the protocol. */
  readonly received: (bytes: Buffer) => Buffer | undefined
  /** What the library says itself. */
  readonly sent?: (bytes: Buffer) => void
}

export const noBytes: Buffer = Buffer.alloc(0)
