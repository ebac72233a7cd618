// Streams for the tests of S2.
#pragma once

#include <string>
#include <string_view>

#include "tests/support/byte_streams.h"

namespace jetkeep::s2 {

inline Result<std::string> ReadAll(ByteSource& source) {
  std::string all;
  for (;;) {
    JETKEEP_ASSIGN(const std::string_view view, source.Read());
    if (view.empty()) return all;
    all.append(view);
  }
}

inline std::string FileText(const std::string& name) {
  return WholeFile(std::string(S2_TESTDATA) + "/" + name);
}

// What every stream in testdata holds that Go's S2 compressed whole (README there).
inline std::string WholeText() {
  std::string text = FileText("plain.txt");
  for (int i = 0; i < 2000; ++i) text += "xyz-";
  for (int i = 0; i < 10000; ++i) text += "0123456789abcdefghij";
  return text;
}

}  // namespace jetkeep::s2
