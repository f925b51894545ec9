/** Whole numbers of the environment, for every process: one out of its bounds ends the start with its name and the bounds. */
import { Config, Schema } from "effect"

interface Bounds {
  readonly minimum: number
  readonly maximum: number
}

export const intSetting = (name: string, bounds: Bounds): Config.Config<number> =>
  Config.schema(Schema.Int.check(Schema.isBetween(bounds)), name)

/** 0 takes any free port. */
export const portSetting = (name: string, fallback: number): Config.Config<number> =>
  intSetting(name, { minimum: 0, maximum: 65_535 }).pipe(Config.withDefault(fallback))
