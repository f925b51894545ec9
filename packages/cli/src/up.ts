/** `vinsight up`, which is `npm start`: everything in one command, from the bundles. */
import { Effect } from "effect"
import type { LogLine } from "./LogLine.ts"
import { rootFolder } from "./rootFolder.ts"
import { stack } from "./stack.ts"

/** Each process says so when it answers. */
export const saysListening = ({ message }: LogLine): boolean => message === "listening"

export const up = Effect.gen(function* () {
  const root = yield* rootFolder
  const program = (file: string) => ({ command: process.execPath, args: [file], cwd: root, isReady: saysListening })
  return yield* stack({
    purpose: "npm start",
    server: program("dist/server/main.js"),
    worker: program("dist/worker/main.js"),
    web: program("packages/web/server.js"),
    environment: { NODE_ENV: "production" }
  })
}).pipe(Effect.scoped)
