// Decodes whole S2 chunks of data that lie in memory, one after the other, without the identifier
// of a stream. Thread-safety: a pure function.
#pragma once

#include <cstddef>
#include <string_view>

#include "jetkeep/error.h"

namespace jetkeep::s2 {

// Decodes to exactly out[0..out_size) and checks the checksums; the `slack` bytes behind hold
// anything afterwards. kArchiveCorrupt if the chunks are no such run or decode to another size,
// whatever the bytes are.
Status DecodeChunks(std::string_view chunks, char* out, std::size_t out_size,
                    std::size_t slack = 0);

}  // namespace jetkeep::s2
