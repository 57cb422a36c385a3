#include <string>
#include <vector>

#include "tools/commands.h"
#include "tools/output.h"

int main(int argc, char** argv) {
  reel::cli::ReserveStandardDescriptors();
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  return reel::cli::RunCommandLine(arguments);
}
