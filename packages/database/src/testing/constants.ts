/** What the set-up of a test run and the tests agree on. */
import { Redacted } from "effect"

export const testSecret = Redacted.make("a secret of the tests, longer than needed")
export const templateDatabase = "vinsight_template"
export const ownerRole = "vinsight_owner"
