import { fileURLToPath } from "node:url";

import vue from "@vitejs/plugin-vue";
import { defineConfig } from "vitest/config";

export default defineConfig(({ mode }) => ({
  // No component here uses the options API; leaving it out of the build spares slow lines some kilobytes. The test
  // utilities do use it.
  plugins: [vue({ features: { optionsAPI: mode === "test" } })],
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  build: {
    // Village offices keep old machines: es2020 is what their browsers can read.
    target: "es2020",
    outDir: "dist",
    // An inlined asset would be a data: address, which the content security policy of the page refuses.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: {
    host: "127.0.0.1",
    proxy: { "/api": { target: "http://127.0.0.1:8000", changeOrigin: false } },
  },
  test: {
    environment: "happy-dom",
    include: ["src/**/*.spec.ts"],
    // The machine of the checks is shared; the first page test also pays for loading the pages.
    testTimeout: 20_000,
    restoreMocks: true,
    unstubGlobals: true,
  },
}));
