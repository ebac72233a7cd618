// Lists in bodies that must fit into a message: what is left out of the list `field` is counted in
// the member `truncated`.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

#include "protocol/base/utf8.h"
#include "protocol/control/document.h"

namespace jetkeep {

inline constexpr std::size_t kMaxLineBytes = 1024;

// The first `most` elements, as `to_document` makes them.
template <typename T, typename ToDocument>
void PutList(Document& document, const char* field, const std::vector<T>& elements,
             std::size_t most, ToDocument to_document) {
  Document list = Document::array();
  const std::size_t shown = std::min(elements.size(), most);
  for (std::size_t i = 0; i < shown; ++i) list.push_back(to_document(elements[i]));
  document[field] = std::move(list);
  if (shown < elements.size()) document["truncated"][field] = elements.size() - shown;
}

inline void PutList(Document& document, const char* field, const std::vector<Document>& elements,
                    std::size_t most) {
  PutList(document, field, elements, most, [](const Document& element) { return element; });
}

// Lines of text, each cut to kMaxLineBytes.
inline void PutLines(Document& document, const char* field, const std::vector<std::string>& lines,
                     std::size_t most) {
  PutList(document, field, lines, most,
          [](const std::string& line) { return Document(CutUtf8(line, kMaxLineBytes)); });
}

}  // namespace jetkeep
