#include "protocol/v1/json_members.h"

#include <charconv>
#include <system_error>

namespace jetkeep::v1 {
namespace {

constexpr std::size_t kMaxDepth = 128;

tl::unexpected<Error> Broken(std::string_view what) {
  return Fail(Errc::kArchiveCorrupt, "JSON: " + std::string(what));
}

// Reads its way through the text; every Take… fails without moving past the end.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  bool AtEnd() const { return at_ == text_.size(); }
  void SkipSpace() {
    while (!AtEnd() &&
           (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n' || text_[at_] == '\r')) {
      ++at_;
    }
  }
  bool Take(char c) {
    if (AtEnd() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  // A string with its quotes.
  bool TakeString(std::string_view& quoted) {
    const std::size_t start = at_;
    if (!Take('"')) return false;
    for (; !AtEnd(); ++at_) {
      const char c = text_[at_];
      if (c == '"') {
        ++at_;
        quoted = text_.substr(start, at_ - start);
        return true;
      }
      if (static_cast<unsigned char>(c) < 0x20) return false;
      if (c == '\\' && ++at_ == text_.size()) return false;
    }
    return false;
  }
  bool TakeValue(std::string_view& value);

 private:
  bool TakeWord() {
    const std::size_t start = at_;
    while (!AtEnd()) {
      const char c = text_[at_];
      const bool word = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == '-' || c == '+' ||
                        c == '.' || c == 'E';
      if (!word) break;
      ++at_;
    }
    return at_ != start;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

// Brackets are matched with a stack of its own: the depth of hostile text must not become ours.
bool Scanner::TakeValue(std::string_view& value) {
  const std::size_t start = at_;
  std::string open;
  do {
    SkipSpace();
    if (AtEnd()) return false;
    const char c = text_[at_];
    std::string_view ignored;
    if (c == '{' || c == '[') {
      if (open.size() == kMaxDepth) return false;
      open.push_back(c == '{' ? '}' : ']');
      ++at_;
    } else if (c == '}' || c == ']') {
      if (open.empty() || open.back() != c) return false;
      open.pop_back();
      ++at_;
    } else if (c == '"') {
      if (!TakeString(ignored)) return false;
    } else if ((c == ',' || c == ':') && !open.empty()) {
      ++at_;
    } else if (!TakeWord()) {
      return false;
    }
  } while (!open.empty());
  value = text_.substr(start, at_ - start);
  return true;
}

template <typename T>
Result<T> Number(std::string_view value) {
  T number = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (error != std::errc() || end != value.data() + value.size()) {
    return Broken("not a whole number of 64 bits");
  }
  return number;
}

void AppendUtf8(std::string& out, std::uint32_t code) {
  const auto put = [&out](std::uint32_t byte) { out.push_back(static_cast<char>(byte)); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xc0 | (code >> 6));
    put(0x80 | (code & 0x3f));
  } else if (code < 0x10000) {
    put(0xe0 | (code >> 12));
    put(0x80 | ((code >> 6) & 0x3f));
    put(0x80 | (code & 0x3f));
  } else {
    put(0xf0 | (code >> 18));
    put(0x80 | ((code >> 12) & 0x3f));
    put(0x80 | ((code >> 6) & 0x3f));
    put(0x80 | (code & 0x3f));
  }
}

bool TakeHex4(std::string_view& in, std::uint32_t& code) {
  if (in.size() < 4) return false;
  code = 0;
  for (int i = 0; i < 4; ++i) {
    const char c = in[static_cast<std::size_t>(i)];
    std::uint32_t digit = 0;
    if (c >= '0' && c <= '9') {
      digit = static_cast<std::uint32_t>(c - '0');
    } else if (c >= 'a' && c <= 'f') {
      digit = static_cast<std::uint32_t>(c - 'a' + 10);
    } else if (c >= 'A' && c <= 'F') {
      digit = static_cast<std::uint32_t>(c - 'A' + 10);
    } else {
      return false;
    }
    code = code << 4 | digit;
  }
  in.remove_prefix(4);
  return true;
}

// What follows a backslash.
bool TakeEscape(std::string_view& in, std::string& out) {
  static constexpr std::string_view kNames = "\"\\/bfnrt";
  static constexpr std::string_view kValues = "\"\\/\b\f\n\r\t";
  if (in.empty()) return false;
  const char c = in.front();
  in.remove_prefix(1);
  if (c != 'u') {
    const std::size_t index = kNames.find(c);
    if (index == std::string_view::npos) return false;
    out.push_back(kValues[index]);
    return true;
  }
  std::uint32_t code = 0;
  if (!TakeHex4(in, code)) return false;
  if (code >= 0xd800 && code < 0xdc00 && in.substr(0, 2) == "\\u") {
    std::string_view rest = in.substr(2);
    std::uint32_t low = 0;
    if (TakeHex4(rest, low) && low >= 0xdc00 && low < 0xe000) {
      code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
      in = rest;
    }
  }
  // A surrogate on its own stands for no character.
  AppendUtf8(out, code >= 0xd800 && code < 0xe000 ? 0xfffd : code);
  return true;
}

}  // namespace

Status ForEachJsonMember(std::string_view text, const std::function<Status(const JsonMember&)>& f) {
  Scanner in(text);
  in.SkipSpace();
  if (!in.Take('{')) return Broken("not an object");
  in.SkipSpace();
  bool open = !in.Take('}');
  while (open) {
    JsonMember member;
    std::string_view quoted;
    in.SkipSpace();
    if (!in.TakeString(quoted)) return Broken("a member without a name");
    member.key = quoted.substr(1, quoted.size() - 2);
    in.SkipSpace();
    if (!in.Take(':')) return Broken("a name without a value");
    in.SkipSpace();
    if (!in.TakeValue(member.value)) return Broken("a broken value");
    JETKEEP_TRY(f(member));
    in.SkipSpace();
    if (in.Take(',')) continue;
    if (!in.Take('}')) return Broken("an object without an end");
    open = false;
  }
  in.SkipSpace();
  if (!in.AtEnd()) return Broken("bytes behind the object");
  return {};
}

Result<std::vector<JsonMember>> SplitJsonObject(std::string_view text) {
  std::vector<JsonMember> members;
  JETKEEP_TRY(ForEachJsonMember(text, [&members](const JsonMember& member) -> Status {
    members.push_back(member);
    return {};
  }));
  return members;
}

std::string JoinJsonObject(const std::vector<JsonMember>& members) {
  std::string out = "{";
  for (const JsonMember& member : members) {
    if (out.size() > 1) out += ',';
    out += '"';
    out += member.key;
    out += "\":";
    out += member.value;
  }
  out += '}';
  return out;
}

std::string QuoteJson(std::string_view text) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20) {
      out += "\\u00";
      out += kDigits[byte >> 4];
      out += kDigits[byte & 15];
    } else {
      if (c == '"' || c == '\\') out += '\\';
      out += c;
    }
  }
  out += '"';
  return out;
}

Result<std::uint64_t> JsonUint64(std::string_view value) { return Number<std::uint64_t>(value); }

Result<std::int64_t> JsonInt64(std::string_view value) { return Number<std::int64_t>(value); }

Result<std::string> UnquoteJson(std::string_view quoted) {
  if (quoted.size() < 2 || quoted.front() != '"' || quoted.back() != '"') {
    return Broken("not a string");
  }
  std::string_view in = quoted.substr(1, quoted.size() - 2);
  std::string out;
  while (!in.empty()) {
    const char c = in.front();
    in.remove_prefix(1);
    if (c == '"' || static_cast<unsigned char>(c) < 0x20) return Broken("a broken string");
    if (c != '\\') {
      out.push_back(c);
    } else if (!TakeEscape(in, out)) {
      return Broken("a broken escape in a string");
    }
  }
  return out;
}

}  // namespace jetkeep::v1
