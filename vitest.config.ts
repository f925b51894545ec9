import { defineConfig } from "vitest/config"

const setupFiles = ["./vitest.setup.ts"]
const exclude = ["**/node_modules/**", "e2e/**"]

// Domain tests are pure and start at once; the others share one PostgreSQL, started when one of them runs.
export default defineConfig({
  test: {
    testTimeout: 30_000,
    hookTimeout: 60_000,
    projects: [
      {
        extends: true,
        test: { name: "domain", include: ["packages/domain/src/**/*.test.ts"], exclude, setupFiles }
      },
      {
        extends: true,
        test: {
          name: "backend",
          include: ["packages/{database,server,worker,cli}/src/**/*.test.ts", "scripts/**/*.test.ts"],
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
      }
    ]
  }
})
