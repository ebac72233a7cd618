// Texts as sources and sinks, for the tests of formats.
#pragma once

#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>

#include "jetkeep/byte_stream.h"

namespace jetkeep {

// Gives a text out in pieces of a fixed size. The text must outlive it.
class PieceSource : public ByteSource {
 public:
  explicit PieceSource(std::string_view bytes, std::size_t piece = 4096)
      : bytes_(bytes), piece_(piece) {}
  Result<std::string_view> Read() override {
    // A copy on the heap of exactly this size, so that a sanitizer sees every read behind the view
    // and every use after the next call.
    copy_ = std::string(bytes_.substr(0, piece_));
    copy_.shrink_to_fit();
    bytes_.remove_prefix(copy_.size());
    return std::string_view(copy_);
  }

 private:
  std::string_view bytes_;
  std::size_t piece_;
  std::string copy_;
};

// Gives a text out at once, as a view of itself.
class WholeSource : public ByteSource {
 public:
  explicit WholeSource(std::string_view bytes) : bytes_(bytes) {}
  Result<std::string_view> Read() override { return std::exchange(bytes_, {}); }

 private:
  std::string_view bytes_;
};

class StringSink : public ByteSink {
 public:
  Status Write(std::string_view bytes) override {
    text.append(bytes);
    ++calls;
    return {};
  }
  std::string text;
  int calls = 0;
};

inline std::string WholeFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace jetkeep
