/**
 * Before the web's tests: kit's generated types and tsconfig, which every `npm install` removes. Without them the
 * transformer refuses to read packages/web/tsconfig.json.
 */
import { execFileSync } from "node:child_process"
import { existsSync } from "node:fs"
import { createRequire } from "node:module"
import { dirname, join } from "node:path"

const web = import.meta.dirname

export const setup = () => {
  if (existsSync(join(web, "node_modules/$app/tsconfig.json"))) return
  const kit = dirname(createRequire(import.meta.url).resolve("@sveltejs/kit/package.json"))
  execFileSync(process.execPath, [join(kit, "svelte-kit.js"), "sync"], { cwd: web, stdio: "inherit" })
}
