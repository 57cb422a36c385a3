// worker.js with its KV in miniflare: node miniflare.mjs WORKER DIRECTORY. Prints where it listens.
import { readFileSync } from "node:fs";
import { Miniflare } from "miniflare";

const [, , worker, directory] = process.argv;
const miniflare = new Miniflare({
  modules: true,
  script: readFileSync(worker, "utf8"),
  compatibilityDate: "2025-05-01",
  kvNamespaces: ["KV"],
  kvPersist: directory,
  host: "127.0.0.1",
  port: 0,
});
console.log((await miniflare.ready).port);
process.on("SIGTERM", async () => {
  await miniflare.dispose();
  process.exit(0);
});
