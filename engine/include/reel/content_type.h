// Media types of the files that people keep beside videos.
#pragma once

#include <string_view>

namespace reel {

/// The media type for a file name's extension, whatever its case; application/octet-stream for an
/// unknown one. The result lives for the whole process.
std::string_view ContentTypeOf(std::string_view file_name);

/// That of a video's key: its path's, whatever the variant (reel/video_key.h).
std::string_view ContentTypeOfKey(std::string_view key);

}  // namespace reel
