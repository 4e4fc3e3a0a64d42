// Runs a TypeScript module of the tests in a process of its own, resolving packages to their sources as the tests do.
import { createServer } from "vite"

const conditions = ["waymark-source"]
const server = await createServer({
  configFile: false,
  logLevel: "error",
  appType: "custom",
  server: { middlewareMode: true, hmr: false, ws: false, watch: null },
  optimizeDeps: { noDiscovery: true },
  resolve: { conditions },
  ssr: { resolve: { conditions } }
})
await server.ssrLoadModule(process.argv[2])
