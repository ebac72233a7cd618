// Console: where the command line writes to.
#pragma once

#include <cstdio>
#include <string>

#include "jetkeep/error.h"
#include "protocol/control/document.h"

namespace jetkeep {

class Console {
 public:
  Console(std::FILE* out, std::FILE* err, bool json) : out_(out), err_(err), json_(json) {}

  bool json() const { return json_; }
  // Errors are printed with their numbers, and Note prints.
  void SetVerbose(bool verbose) { verbose_ = verbose; }
  void Print(const std::string& text);  // to stdout, as it is, at once
  void PrintLine(const std::string& line) { Print(line + "\n"); }
  void PrintJson(const Document& document);      // indented
  void PrintJsonLine(const Document& document);  // on one line
  void Warn(const std::string& line);            // to stderr; not with --json
  void Note(const std::string& line);            // to stderr, with --verbose; not with --json
  // "jetkeep: <message>" and "hint: <hint>" on stderr, or the error object on stdout.
  void PrintError(const Error& error);

  // Asks on stderr and reads a line from stdin: whether it is yes. REQUIRES: CanAsk().
  bool Confirm(const std::string& question);
  bool CanAsk() const;  // a person sits at both ends; not with --json

  bool OutIsTerminal() const;  // one that can redraw a line
  std::size_t Width() const;
  // Whatever was printed has left; false if it could not (a full disk, a closed pipe).
  bool Flush();

 private:
  std::FILE* out_;
  std::FILE* err_;
  bool json_;
  bool verbose_ = false;
};

}  // namespace jetkeep
