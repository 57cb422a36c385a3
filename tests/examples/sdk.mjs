// The official SDK against `reel serve`: node sdk.mjs BASE_URL. Prints what it got, as JSON.
import Cloudflare, { toFile } from "cloudflare";

const client = new Cloudflare({
  apiToken: process.env.CLOUDFLARE_API_TOKEN ?? "anything",
  baseURL: process.argv[2],
  maxRetries: 0,
});
const account_id = "acc1";
const kv = client.kv.namespaces;

const films = await kv.create({ account_id, title: "films" });
const titles = [];
for await (const namespace of kv.list({ account_id })) {
  titles.push(namespace.title);
}
const value = new Uint8Array(3_000_000).map((_, i) => (i * 31) % 251);
await kv.values.update(films.id, "clip.bin", {
  account_id,
  value: await toFile(value),
  metadata: JSON.stringify({ frames: 250 }),
});
await kv.bulkUpdate(films.id, {
  account_id,
  body: Array.from({ length: 25 }, (_, i) => ({ key: `k${String(i).padStart(2, "0")}`, value: `v${i}` })),
});
const got = new Uint8Array(await (await kv.values.get(films.id, "clip.bin", { account_id })).arrayBuffer());
const keys = [];
for await (const row of kv.keys.list(films.id, { account_id, limit: 10 })) {
  keys.push(row.name);
}
const metadata = await kv.metadata.get(films.id, "clip.bin", { account_id });
await kv.values.delete(films.id, "clip.bin", { account_id });
let missing;
try {
  await kv.values.get(films.id, "clip.bin", { account_id });
} catch (error) {
  missing = error.status;
}
await kv.delete(films.id, { account_id });

console.log(JSON.stringify({
  titles,
  keys,
  metadata,
  missing,
  same: got.length === value.length && got.every((byte, i) => byte === value[i]),
}));
