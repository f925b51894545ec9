/** What a job sends along, as text that can be stored and shown: whatever it is, the call counts. */
import { heartbeatBodyBytes } from "@v-insight/domain/model/Heartbeat"

export interface CallBody {
  /** null when nothing was sent. */
  readonly body: string | null
  readonly isTruncated: boolean
}

/** The first bytes of it. What is no UTF-8, and NUL, which PostgreSQL cannot store, becomes U+FFFD. */
export const callBody = (bytes: Uint8Array): CallBody => {
  if (bytes.length === 0) return { body: null, isTruncated: false }
  const isTruncated = bytes.length > heartbeatBodyBytes
  // As of a stream that goes on: half a character at the end is left out, not replaced.
  const text = new TextDecoder().decode(bytes.subarray(0, heartbeatBodyBytes), { stream: isTruncated })
  return { body: text.replaceAll("\0", "\ufffd"), isTruncated }
}
