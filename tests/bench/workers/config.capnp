# worker.js with its KV in `reel serve`.
using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "worker", worker = (
      modules = [(name = "worker.js", esModule = embed "worker.js")],
      compatibilityDate = "2025-05-01",
      bindings = [(name = "KV", kvNamespace = "reel")])),
    (name = "reel", external = (
      address = "127.0.0.1:8787",
      http = (injectRequestHeaders = [(name = "X-KV-Namespace", value = "bench")]))),
  ],
  sockets = [(name = "http", address = "127.0.0.1:8080", http = (), service = "worker")],
);
