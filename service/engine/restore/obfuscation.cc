#include "service/engine/restore/obfuscation.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "protocol/base/message_headers.h"
#include "protocol/codec/digest.h"
#include "service/work/ids.h"

namespace jetkeep {
namespace {

// 64 characters that are good in texts, headers and subjects.
constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::string_view kServers = "Nats-";  // headers that they act on
constexpr std::size_t kBlock = 16;
constexpr std::uint64_t kMaxToken = 64;

HighwayKey KeyOf(const std::string& text) {
  if (!text.empty()) return HighwayKeyOf(Blake2b(text));
  return {{RandomBits(), RandomBits(), RandomBits(), RandomBits()}};
}

std::string_view BytesOf(const std::uint64_t& number) {
  return {reinterpret_cast<const char*>(&number), sizeof number};
}

// 16 characters of 96 bits.
void AppendText(const std::array<std::uint64_t, 2>& bits, std::size_t at_most, std::string& out) {
  for (std::size_t i = 0; i < std::min(kBlock, at_most); ++i) {
    out.push_back(kAlphabet[(bits[i / 8] >> (8 * (i % 8))) & 63]);
  }
}

bool Stays(std::string_view token) {
  return token == "*" || token == ">" || token.starts_with("{{") || token.starts_with('\x01') ||
         (token.size() > 1 && token.front() == '$' &&
          token.find_first_not_of("0123456789", 1) == std::string_view::npos);
}

}  // namespace

Obfuscator::Obfuscator(const Obfuscation& what) : what_(what), key_(KeyOf(what.key)) {}

void Obfuscator::Replace(std::uint64_t sequence, std::string_view field, std::string_view text,
                         std::string& out) const {
  if (text.empty()) return;
  if (what_.digests) {
    AppendText(Highway128(key_, {"d", text}), kBlock, out);
    return;
  }
  for (std::uint64_t at = 0; at < text.size(); at += kBlock) {
    AppendText(Highway128(key_, {"n", BytesOf(sequence), BytesOf(at), field}), text.size() - at,
               out);
  }
}

void Obfuscator::Payload(std::uint64_t sequence, std::string_view payload, std::string& out) const {
  out.clear();
  Replace(sequence, {}, payload, out);
}

void Obfuscator::Headers(std::uint64_t sequence, std::string_view headers, std::string& out) const {
  out.clear();
  const auto edit = [&](std::uint64_t line, std::string_view name, std::string_view value,
                        std::string& to) {
    const bool meant =
        std::any_of(what_.headers.begin(), what_.headers.end(),
                    [&](const std::string& wanted) { return SameHeaderName(name, wanted); });
    if (meant) Replace(sequence, BytesOf(line), value, to);
    return meant;
  };
  EditHeaderValues(headers, edit, out);
}

std::string Obfuscator::Subject(std::string_view subject, bool literal) const {
  std::string out;
  std::uint64_t number = 0;
  for (std::size_t at = 0; at <= subject.size();) {
    const std::size_t end = std::min(subject.find('.', at), subject.size());
    const std::string_view token = subject.substr(at, end - at);
    if (++number > 1) out.push_back('.');
    const bool meant = std::find(what_.subject_tokens.begin(), what_.subject_tokens.end(),
                                 number) != what_.subject_tokens.end();
    if (meant && (literal || !Stays(token))) {
      AppendText(Highway128(key_, {"s", token}), kBlock, out);
    } else {
      out.append(token);
    }
    at = end + 1;
  }
  return out;
}

Status CheckObfuscation(const Obfuscation& what) {
  for (const std::string& name : what.headers) {
    const bool servers =
        HeaderNameStartsWith(name, kServers) && !SameHeaderName(name, "Nats-Msg-Id");
    if (!name.empty() && !servers && !SameHeaderName(name, "KV-Operation") &&
        name.find_first_of(": \r\n") == std::string::npos) {
      continue;
    }
    return Fail(Errc::kInvalidRequest, "the header \"" + name + "\" cannot be obfuscated",
                "Name headers of your own, or Nats-Msg-Id: what the others hold, servers and "
                "clients act on.");
  }
  for (const std::uint64_t token : what.subject_tokens) {
    if (token >= 1 && token <= kMaxToken) continue;
    return Fail(Errc::kInvalidRequest,
                "a subject has no token of number " + std::to_string(token) + " to obfuscate",
                "Tokens are counted from 1 to 64.");
  }
  if (what.any() || (!what.digests && what.key.empty())) return {};
  return Fail(Errc::kInvalidRequest, "nothing is named that is to be obfuscated",
              "Name payloads, headers or tokens of subjects.");
}

}  // namespace jetkeep
