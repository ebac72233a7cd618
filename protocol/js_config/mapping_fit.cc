#include "protocol/js_config/mapping_fit.h"

#include <algorithm>
#include <cstddef>
#include <optional>

#include "protocol/json/raw_json.h"

namespace jetkeep {
namespace {

constexpr ServerVersion kSince211{2, 11, 0};
constexpr ServerVersion kSince212{2, 12, 0};
constexpr ServerVersion kSince214{2, 14, 0};

enum class MappingOf { kStream, kOrigin, kRepublish };

std::optional<MappingOf> MappingAt(std::string_view path) {
  if (path == "subject_transform") return MappingOf::kStream;
  if (path == "republish") return MappingOf::kRepublish;
  if (path.ends_with(".subject_transforms")) return MappingOf::kOrigin;
  return std::nullopt;
}

struct MappingFunction {
  std::string name;  // in lower case, without spaces
  std::size_t arguments = 0;
};

std::string Squeezed(std::string_view text) {
  std::string squeezed;
  for (const char c : text) {
    if (c != ' ') squeezed += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return squeezed;
}

// `token`: one of a destination. Servers take a token for a function only as a whole.
std::optional<MappingFunction> FunctionIn(std::string_view token) {
  if (!token.starts_with("{{") || !token.ends_with("}}") || token.size() < 4) return std::nullopt;
  const std::string text = Squeezed(token.substr(2, token.size() - 4));
  const std::size_t open = text.find('(');
  if (open == std::string::npos || text.back() != ')') return std::nullopt;
  const std::string arguments = text.substr(open + 1, text.size() - open - 2);
  const auto commas = static_cast<std::size_t>(std::count(arguments.begin(), arguments.end(), ','));
  return MappingFunction{text.substr(0, open), arguments.empty() ? 0 : commas + 1};
}

bool HasWildcard(std::string_view source) {
  for (std::size_t at = 0; at <= source.size();) {
    const std::size_t dot = std::min(source.find('.', at), source.size());
    if (source.substr(at, dot - at) == "*") return true;
    at = dot + 1;
  }
  return false;
}

std::string WhyNot(MappingOf of, std::string_view source, const MappingFunction& function,
                   const ServerVersion& server) {
  const std::string said = "{{" + function.name + "}} ";
  if (function.name == "random" && server < kSince212) return said + "is known from 2.12";
  if (function.name == "partition" && server < kSince212) {
    if (function.arguments == 1) return said + "of whole subjects is known from 2.12";
    if (!HasWildcard(source)) return said + "of a source without wildcards is known from 2.12";
  }
  if (function.name != "left" && function.name != "right") return {};
  if (of == MappingOf::kOrigin && server < kSince214) return said + "is known here from 2.14";
  if (of == MappingOf::kStream && server >= kSince211 && server < kSince214) {
    return said + "is refused here from 2.11 up to 2.14";
  }
  return {};
}

Result<std::string> WhyNotOne(MappingOf of, std::string_view json, const ServerVersion& server) {
  std::string source;
  std::string destination;
  JETKEEP_TRY(ForEachMember(json, [&](std::string_view key, std::string_view value) -> Status {
    if (value == "null") return {};
    if (key == "src") {
      JETKEEP_ASSIGN(source, RawString(value));
    } else if (key == "dest") {
      JETKEEP_ASSIGN(destination, RawString(value));
    }
    return {};
  }));
  for (std::size_t at = 0; at < destination.size();) {
    const std::size_t dot = std::min(destination.find('.', at), destination.size());
    const auto function = FunctionIn(std::string_view(destination).substr(at, dot - at));
    at = dot + 1;
    if (!function) continue;
    std::string why = WhyNot(of, source, *function, server);
    if (!why.empty()) return why;
  }
  return std::string();
}

}  // namespace

std::string WhyNotMapping(std::string_view path, std::string_view json,
                          const ServerVersion& server) {
  const auto of = MappingAt(path);
  if (!of || json.empty() || server >= kSince214) return {};
  if (json.front() == '{') return WhyNotOne(*of, json, server).value_or(std::string());
  if (json.front() != '[') return {};
  std::string first;
  const Status read = ForEachElement(json, [&](std::string_view element) -> Status {
    if (first.empty()) first = WhyNotOne(*of, element, server).value_or(std::string());
    return {};
  });
  return read ? first : std::string();
}

}  // namespace jetkeep
