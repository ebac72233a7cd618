// Sources, sinks and streams for the tests of S2.
#pragma once

#include <algorithm>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

#include "jetkeep/byte_stream.h"

namespace jetkeep::s2 {

// Gives a text out in pieces of a fixed size.
class PieceSource : public ByteSource {
 public:
  PieceSource(std::string_view bytes, std::size_t piece) : bytes_(bytes), piece_(piece) {}
  Result<std::string_view> Read() override {
    const std::string_view view = bytes_.substr(0, piece_);
    bytes_.remove_prefix(view.size());
    // A copy on the heap of exactly this size, so that a sanitizer sees every read behind the view.
    copy_.assign(view);
    copy_.shrink_to_fit();
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
    return {};
  }
  std::string text;
};

inline Result<std::string> ReadAll(ByteSource& source) {
  std::string all;
  for (;;) {
    JETKEEP_ASSIGN(const std::string_view view, source.Read());
    if (view.empty()) return all;
    all.append(view);
  }
}

inline std::string FileText(const std::string& name) {
  std::ifstream file(std::string(S2_TESTDATA) + "/" + name, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// What every stream in testdata holds that Go's S2 compressed whole (README there).
inline std::string WholeText() {
  std::string text = FileText("plain.txt");
  for (int i = 0; i < 2000; ++i) text += "xyz-";
  for (int i = 0; i < 10000; ++i) text += "0123456789abcdefghij";
  return text;
}

}  // namespace jetkeep::s2
