// How the process's heap is set up.
#pragma once

namespace reel::cli {

/// Lets the heap keep what is freed for what is allocated next: memory that comes from the system
/// must be touched for the first time, page by page, which took a server half of its time to store
/// a value of a few MiB. To be called once, before other threads allocate.
void KeepFreedMemory();

}  // namespace reel::cli
