// Puts or gets entries of KV, as many and as large as the query says: ?op=put&count=N&bytes=N
// `parallel` of them at a time.

// Random bytes, so that nobody compresses them; cheaply, because that is measured too.
function valueOf(bytes) {
  const random = crypto.getRandomValues(new Uint8Array(Math.min(bytes, 65536)));
  const value = new Uint8Array(bytes);
  for (let at = 0; at < bytes; at += random.length) {
    value.set(random.subarray(0, Math.min(random.length, bytes - at)), at);
  }
  return value;
}

export default {
  async fetch(request, env) {
    const query = new URL(request.url).searchParams;
    const count = Number(query.get("count"));
    const bytes = Number(query.get("bytes"));
    const value = query.get("op") === "put" ? valueOf(bytes) : null;
    let next = 0;
    const one = async (index) => {
      const key = `${bytes}/${index}`;
      if (query.get("op") === "put") {
        await env.KV.put(key, value);
        return;
      }
      const got = await env.KV.get(key, "arrayBuffer");
      if (got?.byteLength !== bytes) {
        throw new Error(`${key} has ${got?.byteLength} bytes`);
      }
    };
    const worker = async () => {
      while (next < count) {
        await one(next++);
      }
    };
    await Promise.all(Array.from({ length: Number(query.get("parallel")) }, worker));
    return new Response("done");
  },
};
