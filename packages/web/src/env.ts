/** What the web server reads from its environment; server.js reads what concerns listening. */
import { defineEnvVars } from "@sveltejs/kit/env"

export const variables = defineEnvVars({
  VINSIGHT_API_URL: {
    description: "Where the API listens, as the web server sees it.",
    schema: (value) => (value === undefined || value === "" ? "http://127.0.0.1:8080" : value.replace(/\/+$/, ""))
  },
  VINSIGHT_PROXY_SECRET: {
    description: "Sent as x-vinsight-proxy: only with it does the API believe what we say of the client's address.",
    schema: (value) => value ?? ""
  }
})
