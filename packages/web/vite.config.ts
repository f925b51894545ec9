/** How the web is built: SvelteKit for Node, with a content security policy that allows nothing from elsewhere. */
import adapter from "@sveltejs/adapter-node"
import { sveltekit } from "@sveltejs/kit/vite"
import { defineConfig } from "vite"

/**
 * What every page of the app needs travels as one file, with the runtimes of Svelte and kit that it stands on: 9 requests
 * and 57 KB gz for the list instead of 31 and 64 KB. What only some pages need comes with them, palette and help when they
 * are asked for.
 */
const rare =
  "Palette|Help|httpStatus|Segmented|Checkbox|Time|Said|said|call|shortcutHelp|Dialog|Field|Input|Select|TextArea|UrlField|ConfirmName|CopyButton|ThemeSwitch|Missing|Tabs"
const frame = {
  name: "frame",
  test: new RegExp(`src[\\\\/]lib[\\\\/](ui|live|words|api)[\\\\/](?!(?:${rare})\\.)`)
}

/** What lists draw: in one file instead of two. */
const bars = { name: "bars", test: /src[\\/]lib[\\/]charts[\\/](scale|days|hours|spark)\./ }

/** What most pages say beside that, in one file instead of five. */
const told = { name: "told", test: /src[\\/]lib[\\/](ui[\\/](Time|Said|Missing|Segmented)|words[\\/]said)\./ }

/**
 * Every page carries the names of what all others need beside their own file. Styles must be named there; scripts are
 * found as they are imported, and the first page names its own: 0.9 KB gz less on each page with 40 routes.
 */
const stylesOnly = (_: string, files: ReadonlyArray<string>) => files.filter((file) => file.endsWith(".css"))

export default defineConfig({
  environments: {
    client: {
      build: {
        modulePreload: { resolveDependencies: stylesOnly },
        rolldownOptions: { output: { codeSplitting: { groups: [frame, bars, told] } } }
      }
    }
  },
  plugins: [
    sveltekit({
      adapter: adapter({ out: "build" }),
      compilerOptions: { runes: true },
      // Kit judges forms only, and by content type; our own rule covers JSON too: lib/server/guard.ts.
      csrf: { trustedOrigins: ["*"] },
      csp: {
        mode: "auto",
        directives: {
          "default-src": ["self"],
          "script-src": ["self"],
          "style-src": ["self"],
          // Widths and positions of charts are style attributes; style elements stay forbidden.
          "style-src-attr": ["unsafe-inline"],
          "img-src": ["self", "data:"],
          "font-src": ["self"],
          "connect-src": ["self"],
          "frame-ancestors": ["none"],
          "base-uri": ["self"],
          "form-action": ["self"],
          "object-src": ["none"]
        }
      }
    })
  ]
})
