// Table: aligned columns for people.
#pragma once

#include <string>
#include <vector>

namespace jetkeep {

class Table {
 public:
  enum class Align { kLeft, kRight };
  struct Column {
    std::string title;
    Align align = Align::kLeft;
  };
  explicit Table(std::vector<Column> columns);

  // REQUIRES: as many cells as columns. Control characters in cells are shown as '?'.
  void AddRow(const std::vector<std::string>& cells);
  // With a final line end; no white space at the ends of lines.
  std::string Render() const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

// "messages:       1,234" with the value in one column; control characters are shown as '?'.
std::string LabelledLine(const std::string& name, const std::string& value);

}  // namespace jetkeep
