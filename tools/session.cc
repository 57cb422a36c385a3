#include "tools/session.h"

#include <cstdlib>

namespace reel::cli {
namespace {

std::string EnvironmentOfProcess(const std::string& name) {
  const char* value = std::getenv(name.c_str());  // NOLINT(concurrency-mt-unsafe): nobody sets any
  return value == nullptr ? "" : value;
}

}  // namespace

Session SessionOfProcess() {
  static LocalFiles files(&InterruptionOfProcess());
  Session session;
  session.interruption = &InterruptionOfProcess();
  session.files = &files;
  session.report = SendReport;
  session.environment = EnvironmentOfProcess;
  return session;
}

}  // namespace reel::cli
