#include "protocol/json/raw_json.h"

#include <charconv>

#include "protocol/base/utf8.h"

namespace jetkeep {
namespace {

constexpr std::size_t kShownBytes = 32;

// What stands behind a backslash, and the character that it stands for.
constexpr std::string_view kEscapes = "\"\\/bfnrt";
constexpr std::string_view kEscaped = "\"\\/\b\f\n\r\t";

// Walks over one JSON text. Every Skip… leaves the position behind what it skipped, or fails.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  std::size_t position() const { return at_; }
  std::string_view From(std::size_t start) const { return text_.substr(start, at_ - start); }
  char Peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }

  void SkipSpace() {
    while (at_ < text_.size() &&
           (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n' || text_[at_] == '\r')) {
      ++at_;
    }
  }

  bool Take(char c) {
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  Status Expect(char c) {
    if (Take(c)) return {};
    return Wrong(std::string("'") + c + "' expected");
  }

  Status ExpectEnd() {
    SkipSpace();
    if (at_ == text_.size()) return {};
    return Wrong("unexpected text after the value");
  }

  Status SkipString() {
    JETKEEP_TRY(Expect('"'));
    while (at_ < text_.size()) {
      const auto c = static_cast<unsigned char>(text_[at_++]);
      if (c == '"') return {};
      if (c < 0x20) return Wrong("control character in a string");
      if (c == '\\') JETKEEP_TRY(SkipEscape());
    }
    return Wrong("unterminated string");
  }

  Status SkipValue(int depth) {
    if (depth > kMaxJsonDepth) return Wrong("nested too deeply");
    switch (Peek()) {
      case '{':
        return SkipObject(depth);
      case '[':
        return SkipArray(depth);
      case '"':
        return SkipString();
      case 't':
        return SkipWord("true");
      case 'f':
        return SkipWord("false");
      case 'n':
        return SkipWord("null");
      default:
        return SkipNumber();
    }
  }

  tl::unexpected<Error> Wrong(const std::string& what) const {
    return Fail(Errc::kInvalidRequest,
                "not valid JSON at byte " + std::to_string(at_) + ": " + what);
  }

 private:
  Status SkipEscape() {
    if (at_ >= text_.size()) return Wrong("unterminated string");
    const char c = text_[at_++];
    if (kEscapes.find(c) != std::string_view::npos) return {};
    if (c != 'u') return Wrong("unknown escape");
    for (int i = 0; i < 4; ++i, ++at_) {
      const char digit = Peek();
      const bool hex = (digit >= '0' && digit <= '9') || (digit >= 'a' && digit <= 'f') ||
                       (digit >= 'A' && digit <= 'F');
      if (!hex) return Wrong("\\u without four hex digits");
    }
    return {};
  }

  Status SkipObject(int depth) {
    JETKEEP_TRY(Expect('{'));
    SkipSpace();
    if (Take('}')) return {};
    while (true) {
      SkipSpace();
      JETKEEP_TRY(SkipString());
      SkipSpace();
      JETKEEP_TRY(Expect(':'));
      SkipSpace();
      JETKEEP_TRY(SkipValue(depth + 1));
      SkipSpace();
      if (Take('}')) return {};
      JETKEEP_TRY(Expect(','));
    }
  }

  Status SkipArray(int depth) {
    JETKEEP_TRY(Expect('['));
    SkipSpace();
    if (Take(']')) return {};
    while (true) {
      SkipSpace();
      JETKEEP_TRY(SkipValue(depth + 1));
      SkipSpace();
      if (Take(']')) return {};
      JETKEEP_TRY(Expect(','));
    }
  }

  Status SkipWord(std::string_view word) {
    if (text_.substr(at_, word.size()) != word) return Wrong("value expected");
    at_ += word.size();
    return {};
  }

  bool SkipDigits() {
    const std::size_t start = at_;
    while (Peek() >= '0' && Peek() <= '9') ++at_;
    return at_ > start;
  }

  Status SkipNumber() {
    Take('-');
    if (!Take('0') && !SkipDigits()) return Wrong("value expected");
    if (Take('.') && !SkipDigits()) return Wrong("digit expected");
    if (Take('e') || Take('E')) {
      if (!Take('+')) Take('-');
      if (!SkipDigits()) return Wrong("digit expected");
    }
    return {};
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

tl::unexpected<Error> WrongKind(std::string_view json, const char* kind) {
  return Fail(Errc::kInvalidRequest,
              "not " + std::string(kind) + ": " + std::string(json.substr(0, kShownBytes)));
}

template <typename T>
Result<T> Number(std::string_view json, const char* kind) {
  T value = 0;
  const char* end = json.data() + json.size();
  const auto [stop, error] = std::from_chars(json.data(), end, value);
  if (error == std::errc() && stop == end) return value;
  return WrongKind(json, kind);
}

// The four hexadecimal digits at `at`, which the scanner has seen.
std::uint32_t Hex4(std::string_view text, std::size_t at) {
  std::uint32_t code = 0;
  std::from_chars(text.data() + at, text.data() + at + 4, code, 16);
  return code;
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

// What a string between its quotes stands for. False: a surrogate without its other half, which
// stands for no character. The scanner has seen the string.
bool Unescape(std::string_view text, std::string& out) {
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] != '\\') {
      out += text[at++];
      continue;
    }
    const char escape = text[at + 1];
    at += 2;
    if (escape != 'u') {
      out += kEscaped[kEscapes.find(escape)];
      continue;
    }
    std::uint32_t code = Hex4(text, at);
    at += 4;
    if (code >= 0xd800 && code < 0xdc00 && text.substr(at, 2) == "\\u") {
      const std::uint32_t low = Hex4(text, at + 2);
      if (low < 0xdc00 || low >= 0xe000) return false;
      code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
      at += 6;
    } else if (code >= 0xd800 && code < 0xe000) {
      return false;
    }
    AppendUtf8(out, code);
  }
  return true;
}

}  // namespace

Status ForEachQuotedMember(std::string_view json, const QuotedMemberVisitor& visit) {
  Scanner scanner(json);
  scanner.SkipSpace();
  JETKEEP_TRY(scanner.Expect('{'));
  scanner.SkipSpace();
  if (scanner.Take('}')) return scanner.ExpectEnd();
  while (true) {
    scanner.SkipSpace();
    std::size_t start = scanner.position();
    JETKEEP_TRY(scanner.SkipString());
    const std::string_view quoted = scanner.From(start);
    scanner.SkipSpace();
    JETKEEP_TRY(scanner.Expect(':'));
    scanner.SkipSpace();
    start = scanner.position();
    JETKEEP_TRY(scanner.SkipValue(1));
    const std::string_view value = scanner.From(start);
    if (quoted.find('\\') == std::string_view::npos) {
      JETKEEP_TRY(visit(quoted, quoted.substr(1, quoted.size() - 2), value));
    } else {
      JETKEEP_ASSIGN(const std::string key, RawString(quoted));
      JETKEEP_TRY(visit(quoted, key, value));
    }
    scanner.SkipSpace();
    if (scanner.Take('}')) return scanner.ExpectEnd();
    JETKEEP_TRY(scanner.Expect(','));
  }
}

Status ForEachMember(std::string_view json, const MemberVisitor& visit) {
  return ForEachQuotedMember(json, [&](std::string_view /*quoted*/, std::string_view key,
                                       std::string_view value) { return visit(key, value); });
}

Status RequireObject(std::string_view json) {
  return ForEachMember(json, [](std::string_view, std::string_view) -> Status { return {}; });
}

Status ForEachElement(std::string_view json, const ElementVisitor& visit) {
  if (json == "null") return {};
  Scanner scanner(json);
  scanner.SkipSpace();
  JETKEEP_TRY(scanner.Expect('['));
  scanner.SkipSpace();
  if (scanner.Take(']')) return scanner.ExpectEnd();
  while (true) {
    scanner.SkipSpace();
    const std::size_t start = scanner.position();
    JETKEEP_TRY(scanner.SkipValue(1));
    JETKEEP_TRY(visit(scanner.From(start)));
    scanner.SkipSpace();
    if (scanner.Take(']')) return scanner.ExpectEnd();
    JETKEEP_TRY(scanner.Expect(','));
  }
}

Result<std::optional<std::string_view>> FindRawMember(std::string_view json, std::string_view key) {
  std::optional<std::string_view> found;
  const auto visit = [&](std::string_view name, std::string_view value) -> Status {
    if (name != key) return {};
    if (found) return Fail(Errc::kInvalidRequest, "\"" + std::string(key) + "\" appears twice");
    found = value;
    return {};
  };
  JETKEEP_TRY(ForEachMember(json, visit));
  return found;
}

Result<std::string_view> RawMember(std::string_view json, std::string_view key) {
  JETKEEP_ASSIGN(const auto found, FindRawMember(json, key));
  if (!found) return Fail(Errc::kInvalidRequest, "\"" + std::string(key) + "\" is missing");
  return *found;
}

Result<std::uint64_t> RawUnsigned(std::string_view json) {
  return Number<std::uint64_t>(json, "a whole number from 0 to 2^64 - 1");
}

Result<std::int64_t> RawSigned(std::string_view json) {
  return Number<std::int64_t>(json, "a whole number from -2^63 to 2^63 - 1");
}

Result<std::string> RawString(std::string_view json) {
  Scanner scanner(json);
  const bool alone = scanner.SkipString() && scanner.ExpectEnd() && json.back() == '"';
  if (!alone) return WrongKind(json, "a string");
  std::string text;
  if (!Unescape(json.substr(1, json.size() - 2), text) || !IsUtf8(text)) {
    return WrongKind(json, "a string of Unicode characters");
  }
  return text;
}

Result<std::vector<std::string>> RawStrings(std::string_view json) {
  std::vector<std::string> strings;
  JETKEEP_TRY(ForEachElement(json, [&](std::string_view value) -> Status {
    JETKEEP_ASSIGN(std::string text, RawString(value));
    strings.push_back(std::move(text));
    return {};
  }));
  return strings;
}

Result<bool> RawBool(std::string_view json) {
  if (json == "true") return true;
  if (json == "false") return false;
  return WrongKind(json, "true or false");
}

std::string QuoteJson(std::string_view text) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string out = "\"";
  for (const char c : ToUtf8(text)) {
    const auto byte = static_cast<unsigned char>(c);
    const std::size_t index = kEscaped.find(c);
    if (c != '/' && index != std::string_view::npos) {
      out += '\\';
      out += kEscapes[index];
    } else if (byte < 0x20) {
      out += "\\u00";
      out += kDigits[byte >> 4];
      out += kDigits[byte & 15];
    } else {
      out += c;
    }
  }
  return out + '"';
}

std::string QuoteJsonStrings(const std::vector<std::string>& texts) {
  std::string json = "[";
  for (const std::string& text : texts) {
    if (json.size() > 1) json += ",";
    json += QuoteJson(text);
  }
  return json + "]";
}

}  // namespace jetkeep
