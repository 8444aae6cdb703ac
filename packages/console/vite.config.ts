// How the console is built: static files that any web server can serve under /, no inline scripts.

import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

export default defineConfig({
  base: "/",
  plugins: [react()],
  build: {
    outDir: "dist",
    emptyOutDir: true,
    target: "es2023",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // One file: the console is served from the machine that it runs on, and every page needs most of it.
    chunkSizeWarningLimit: 1_000,
  },
  server: {
    proxy: { "/api": { target: process.env["HOLDPOINT_URL"] ?? "http://127.0.0.1:8081" } },
  },
});
