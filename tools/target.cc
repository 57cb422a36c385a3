#include "tools/target.h"

namespace reel::cli {

Result<Target> Target::Open(const Session& session, const std::string& path) {
  if (path == "-") {
    return Target(nullptr, Output::Standard(session));
  }
  auto file = session.files->OpenOutput(path);
  if (!file.ok()) {
    return file.status();
  }
  Output output(session.interruption, (*file)->descriptor(), path);
  return Target(*std::move(file), std::move(output));
}

Status Target::Finish(const Status& written) {
  if (written.code() == Code::kAborted) {
    return {Code::kAborted, IsVisible() ? "interrupted (the output is not complete)"
                                        : "interrupted (nothing was written)"};
  }
  REEL_RETURN_IF_ERROR(written);
  REEL_RETURN_IF_ERROR(output_.Finish());
  return file_ == nullptr ? Status::Ok() : file_->Commit();
}

}  // namespace reel::cli
