#include <string>
#include <vector>

#include "tools/commands.h"
#include "tools/heap.h"
#include "tools/mount_helper.h"
#include "tools/output.h"

int main(int argc, char** argv) {
  reel::cli::KeepFreedMemory();
  reel::cli::ReserveStandardDescriptors();
  if (argc < 1) {
    return reel::cli::RunCommandLine({});
  }
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  return reel::cli::IsMountHelper(argv[0]) ? reel::cli::RunMountHelper(arguments)
                                           : reel::cli::RunCommandLine(arguments);
}
