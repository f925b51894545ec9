import { defineConfig } from "vitest/config"

const setupFiles = ["./vitest.setup.ts"]
const exclude = ["**/node_modules/**", "e2e/**", "**/*.peer.test.ts"]

// Domain tests are pure and start at once; the others share one PostgreSQL, started when one of them runs. Peers are
// servers that Debian ships and npm does not: `npm run test:peers`, no part of `npm test`.
export default defineConfig({
  test: {
    testTimeout: 60_000,
    hookTimeout: 120_000,
    projects: [
      {
        extends: true,
        test: { name: "domain", include: ["packages/domain/src/**/*.test.ts"], exclude, setupFiles }
      },
      {
        extends: true,
        test: {
          name: "backend",
          include: [
            "packages/{database,server,worker,cli}/src/**/*.test.ts",
            "scripts/**/*.test.ts",
            "chaos/**/*.test.ts",
            "bench/*.test.ts"
          ],
          exclude,
          setupFiles,
          globalSetup: ["packages/database/src/testing/globalSetup.ts"]
        }
      },
      {
        extends: true,
        test: {
          name: "web",
          include: ["packages/web/src/**/*.test.ts"],
          exclude,
          setupFiles,
          globalSetup: ["packages/web/vitest.sync.js"]
        }
      },
      {
        extends: true,
        test: {
          name: "peers",
          include: ["packages/{database,server,worker,cli}/src/**/*.peer.test.ts"],
          exclude: ["**/node_modules/**"],
          setupFiles,
          globalSetup: ["packages/database/src/testing/globalSetup.ts"],
          // Each file starts servers of its own: more at once than processors makes all of them late.
          maxWorkers: 2
        }
      }
    ]
  }
})
