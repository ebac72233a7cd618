// The archives under testdata/.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "protocol/s2/reader.h"
#include "tests/support/byte_streams.h"

namespace jetkeep {

inline std::string ReadTestData(const std::string& name) {
  std::string bytes = WholeFile(std::string(ARCHIVE_TESTDATA) + "/" + name);
  EXPECT_FALSE(bytes.empty()) << name;
  return bytes;
}

inline std::string Decompress(const std::string& compressed) {
  PieceSource source(compressed);
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
