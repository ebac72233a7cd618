// Sources and sinks for the tests of tar.
#pragma once

#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

#include "jetkeep/byte_stream.h"

namespace jetkeep::tar {

class PieceSource : public ByteSource {
 public:
  PieceSource(std::string_view bytes, std::size_t piece) : bytes_(bytes), piece_(piece) {}
  Result<std::string_view> Read() override {
    // A copy on the heap of exactly this size, so that a sanitizer sees every use after the next
    // call.
    copy_ = std::string(bytes_.substr(0, piece_));
    bytes_.remove_prefix(copy_.size());
    return std::string_view(copy_);
  }

 private:
  std::string_view bytes_;
  std::size_t piece_;
  std::string copy_;
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

inline std::string FileText(const std::string& name) {
  std::ifstream file(std::string(TAR_TESTDATA) + "/" + name, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace jetkeep::tar
