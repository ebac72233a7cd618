#include "service/cli/console.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <string_view>

#include "protocol/control/answers.h"
#include "service/cli/render/human.h"

namespace jetkeep {
namespace {

// Text that is not UTF-8 must not end the program.
std::string Dump(const Document& document, int indent) {
  return document.dump(indent, ' ', false, Document::error_handler_t::replace);
}

}  // namespace

void Console::Print(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), out_);
  std::fflush(out_);
}

void Console::PrintJson(const Document& document) { PrintLine(Dump(document, 2)); }

void Console::PrintJsonLine(const Document& document) { PrintLine(Dump(document, -1)); }

void Console::Warn(const std::string& line) {
  if (json_) return;
  std::fputs(("warning: " + Printable(line) + "\n").c_str(), err_);
}

void Console::Note(const std::string& line) {
  if (json_ || !verbose_) return;
  std::fputs((Printable(line) + "\n").c_str(), err_);
}

bool Console::CanAsk() const {
  return !json_ && ::isatty(STDIN_FILENO) == 1 && ::isatty(::fileno(err_)) == 1;
}

bool Console::Confirm(const std::string& question) {
  std::fputs((Printable(question) + " [y/N] ").c_str(), err_);
  std::fflush(err_);
  std::string answer;
  for (int c = std::getchar(); c != EOF && c != '\n'; c = std::getchar()) {
    answer += static_cast<char>(c);
    if (answer.size() > 8) break;
  }
  return answer == "y" || answer == "Y" || answer == "yes";
}

void Console::PrintError(const Error& error) {
  if (json_) {
    PrintJson(ErrorAnswer(error));
    return;
  }
  const std::string text =
      error.message.empty() ? std::string(TraitsOf(error.code).text) : error.message;
  std::fputs(("jetkeep: " + Printable(text) + "\n").c_str(), err_);
  if (verbose_) {
    const ErrorTraits& traits = TraitsOf(error.code);
    std::string numbers =
        "error: " + std::string(traits.name) + " " + std::to_string(traits.err_code);
    if (error.server_code != 0) numbers += ", the server's " + std::to_string(error.server_code);
    std::fputs((numbers + "\n").c_str(), err_);
  }
  if (!error.hint.empty()) std::fputs(("hint: " + Printable(error.hint) + "\n").c_str(), err_);
  std::fflush(err_);
}

bool Console::OutIsTerminal() const {
  const char* term = std::getenv("TERM");
  return ::isatty(::fileno(out_)) == 1 && (term == nullptr || std::string_view(term) != "dumb");
}

std::size_t Console::Width() const {
  ::winsize size{};
  if (::ioctl(::fileno(out_), TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 80;
  return size.ws_col;
}

bool Console::Flush() { return std::fflush(out_) == 0 && std::ferror(out_) == 0; }

}  // namespace jetkeep
