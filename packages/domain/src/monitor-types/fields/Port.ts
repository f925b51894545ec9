/** A port that can be connected to. Port 0 means "any free one" when listening and nothing when dialling. */
import { Schema } from "effect"

export const Port = Schema.Int.check(
  Schema.isBetween({ minimum: 1, maximum: 65_535 }, { message: "A port is a number from 1 to 65535" })
)
