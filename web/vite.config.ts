import react from "@vitejs/plugin-react";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { licenses } from "./licenses";

const engine = process.env.LIVEDATA_URL ?? "http://127.0.0.1:8080";

export default defineConfig({
  plugins: [react(), licenses()],
  // Two packages that h5web names make code while they run, which the policy of the page forbids.
  resolve: { alias: { "ndarray-ops": fileURLToPath(new URL("src/plot/nothing.ts", import.meta.url)), ndarray: fileURLToPath(new URL("src/plot/ndarray.ts", import.meta.url)) } },
  // Nothing inline: the page runs under "default-src 'self'".
  build: { target: "es2020", assetsInlineLimit: 0, modulePreload: { polyfill: false }, chunkSizeWarningLimit: 1500 },
  server: { host: "127.0.0.1", proxy: { "/api": { target: engine, ws: true } } },
  test: { include: ["test/**/*.test.ts"] },
});
