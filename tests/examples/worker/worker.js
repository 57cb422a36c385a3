// A Worker that keeps videos in KV, in chunks of its own making, and serves ranges of them.
// Nothing in it knows what stands behind the binding VIDEOS.

const CHUNK_SIZE = 5 * 1024 * 1024;
const PARALLEL_FETCHES = 3;

export default {
  async fetch(request, env) {
    const key = `video:${decodeURIComponent(new URL(request.url).pathname.slice(1))}`;
    try {
      switch (request.method) {
        case "PUT":
          return await storeVideo(env.VIDEOS, key, request);
        case "GET":
          return await serveVideo(env.VIDEOS, key, request.headers.get("Range"));
        case "DELETE":
          return await removeVideo(env.VIDEOS, key);
        default:
          return new Response("use PUT, GET or DELETE\n", { status: 405 });
      }
    } catch (error) {
      return new Response(`${error.message}\n`, { status: 502 });
    }
  },
};

// A new video has chunks of its own: readers of the old one go on until the manifest is replaced.
async function storeVideo(kv, key, request) {
  const generation = crypto.randomUUID();
  const sizes = [];
  for await (const chunk of chunksOf(request.body)) {
    const metadata = { parentKey: key, chunkIndex: sizes.length, contentLength: chunk.byteLength };
    await kv.put(chunkKey(key, generation, sizes.length), chunk, { metadata });
    sizes.push(chunk.byteLength);
  }
  const manifest = {
    generation,
    totalSize: sizes.reduce((sum, size) => sum + size, 0),
    chunkCount: sizes.length,
    actualChunkSizes: sizes,
    standardChunkSize: CHUNK_SIZE,
    originalContentType: request.headers.get("Content-Type") ?? "application/octet-stream",
  };
  const old = await kv.get(key, "json");
  await kv.put(key, JSON.stringify(manifest), { metadata: { isChunked: true } });
  await removeChunks(kv, key, old);
  return Response.json(manifest, { status: 201 });
}

// Cut at exact boundaries, wherever the network cut.
async function* chunksOf(body) {
  let chunk = new Uint8Array(CHUNK_SIZE);
  let filled = 0;
  for await (let bytes of body ?? []) {
    while (bytes.byteLength > 0) {
      const taken = Math.min(bytes.byteLength, CHUNK_SIZE - filled);
      chunk.set(bytes.subarray(0, taken), filled);
      filled += taken;
      bytes = bytes.subarray(taken);
      if (filled === CHUNK_SIZE) {
        yield chunk;
        chunk = new Uint8Array(CHUNK_SIZE); // what was put may still be on its way
        filled = 0;
      }
    }
  }
  if (filled > 0) {
    yield chunk.subarray(0, filled);
  }
}

async function serveVideo(kv, key, rangeHeader) {
  const manifest = await kv.get(key, "json");
  if (manifest === null) {
    return new Response("no such video\n", { status: 404 });
  }
  const headers = new Headers({
    "Accept-Ranges": "bytes",
    "Content-Type": manifest.originalContentType,
  });
  const range = parseRange(rangeHeader, manifest.totalSize);
  if (range === null) {
    headers.set("Content-Range", `bytes */${manifest.totalSize}`);
    return new Response(null, { status: 416, headers });
  }
  const { start, end, isPartial } = range; // of the whole video; `end` is the byte behind the last
  if (isPartial) {
    headers.set("Content-Range", `bytes ${start}-${end - 1}/${manifest.totalSize}`);
  }
  const { readable, writable } = new FixedLengthStream(end - start);
  // Not awaited: it goes on while the client reads.
  streamChunks(kv, key, manifest, start, end, writable);
  return new Response(readable, { status: isPartial ? 206 : 200, headers });
}

// One range, as RFC 9110 has it; null where it cannot be had.
function parseRange(header, size) {
  const parts = /^bytes=(\d*)-(\d*)$/.exec(header ?? "");
  if (parts === null || (parts[1] === "" && parts[2] === "")) {
    return { start: 0, end: size, isPartial: false };
  }
  const isSuffix = parts[1] === "";
  const start = isSuffix ? Math.max(0, size - Number(parts[2])) : Number(parts[1]);
  const end = isSuffix || parts[2] === "" ? size : Math.min(size, Number(parts[2]) + 1);
  return start < end ? { start, end, isPartial: true } : null;
}

async function streamChunks(kv, key, manifest, start, end, writable) {
  const writer = writable.getWriter();
  try {
    const first = Math.floor(start / manifest.standardChunkSize);
    const last = Math.floor((end - 1) / manifest.standardChunkSize);
    const fetches = [];
    for (let index = first, next = first; index <= last; index++) {
      for (; next <= last && next < index + PARALLEL_FETCHES; next++) {
        const fetched = fetchChunk(kv, key, manifest, next);
        fetched.catch(() => {}); // it is told of when its turn comes
        fetches.push(fetched);
      }
      const chunk = await fetches.shift();
      const offset = index * manifest.standardChunkSize;
      await writer.write(chunk.subarray(Math.max(0, start - offset), end - offset));
    }
    await writer.close();
  } catch (error) {
    await writer.abort(error); // never ended as if it were whole
  }
}

async function fetchChunk(kv, key, manifest, index) {
  const bytes = await kv.get(chunkKey(key, manifest.generation, index), "arrayBuffer");
  if (bytes === null) {
    throw new Error(`${key}: chunk ${index} is missing`);
  }
  if (bytes.byteLength !== manifest.actualChunkSizes[index]) {
    throw new Error(`${key}: chunk ${index} has ${bytes.byteLength} bytes`);
  }
  return new Uint8Array(bytes);
}

async function removeVideo(kv, key) {
  const manifest = await kv.get(key, "json");
  await kv.delete(key);
  await removeChunks(kv, key, manifest);
  return new Response(null, { status: 204 });
}

async function removeChunks(kv, key, manifest) {
  for (let index = 0; index < (manifest?.chunkCount ?? 0); index++) {
    await kv.delete(chunkKey(key, manifest.generation, index));
  }
}

function chunkKey(key, generation, index) {
  return `${key}@${generation}_chunk_${index}`;
}
