/** How the web is built: SvelteKit for Node, with a content security policy that allows nothing from elsewhere. */
import adapter from "@sveltejs/adapter-node"
import { sveltekit } from "@sveltejs/kit/vite"
import { defineConfig } from "vite"

export default defineConfig({
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
