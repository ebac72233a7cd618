// Strings as sources and sinks, and the archives under testdata/.
#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>
#include <utility>

#include "jetkeep/byte_stream.h"
#include "protocol/s2/reader.h"

namespace jetkeep {

class StringSource : public ByteSource {
 public:
  explicit StringSource(std::string bytes, std::size_t piece = 4096)
      : bytes_(std::move(bytes)), rest_(bytes_), piece_(piece) {}
  Result<std::string_view> Read() override {
    const std::string_view piece = rest_.substr(0, piece_);
    rest_.remove_prefix(piece.size());
    return piece;
  }

 private:
  std::string bytes_;
  std::string_view rest_;
  std::size_t piece_;
};

class StringSink : public ByteSink {
 public:
  Status Write(std::string_view more) override {
    bytes += more;
    return {};
  }
  std::string bytes;
};

inline std::string ReadTestData(const std::string& name) {
  std::ifstream file(std::string(ARCHIVE_TESTDATA) + "/" + name, std::ios::binary);
  EXPECT_TRUE(file) << name;
  return {std::istreambuf_iterator<char>(file), {}};
}

inline std::string Decompress(const std::string& compressed) {
  StringSource source(compressed);
  s2::Reader reader(source);
  std::string out;
  for (;;) {
    const auto bytes = reader.Read();
    EXPECT_TRUE(bytes);
    if (!bytes || bytes->empty()) return out;
    out += *bytes;
  }
}

}  // namespace jetkeep
