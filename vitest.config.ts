import { defineConfig } from "vitest/config"

// Tests import the packages' sources through the `waymark-source` condition, so they need no build of their own.
export default defineConfig({
  resolve: { conditions: ["waymark-source"] },
  ssr: { resolve: { conditions: ["waymark-source"] } },
  test: {
    globalSetup: ["packages/postgres/test/support/globalSetup.ts"],
    include: ["packages/*/test/**/*.test.ts", "examples/test/**/*.test.ts", "examples/chaos/test/**/*.test.ts"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    maxWorkers: 2
  }
})
