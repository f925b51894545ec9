/** Opens what the tests sealed, and seals what they open. */
import { Layer } from "effect"
import { Keys } from "../Keys.ts"
import { SecretBox } from "../SecretBox.ts"
import { testSecret } from "./constants.ts"

export const TestBox = SecretBox.layer.pipe(Layer.provide(Layer.succeed(Keys, Keys.fromSecret(testSecret))))
