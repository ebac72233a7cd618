#include "protocol/js_api/api_subjects.h"

#include <algorithm>
#include <charconv>
#include <vector>

namespace jetkeep {
namespace {

bool IsLiteralSubject(std::string_view subject) {
  if (subject.empty() || subject.front() == '.' || subject.back() == '.') return false;
  if (subject.find("..") != std::string_view::npos) return false;
  return std::none_of(subject.begin(), subject.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte <= 0x20 || byte == 0x7f || c == '*' || c == '>';
  });
}

std::optional<std::uint64_t> Number(std::string_view token) {
  std::uint64_t value = 0;
  const char* end = token.data() + token.size();
  const auto [stop, error] = std::from_chars(token.data(), end, value);
  if (error != std::errc() || stop != end) return std::nullopt;
  return value;
}

// Cuts the last token off `subject` and returns it.
std::string_view TakeLastToken(std::string_view& subject) {
  const std::size_t dot = subject.rfind('.');
  const std::string_view token = dot == std::string_view::npos ? subject : subject.substr(dot + 1);
  subject = dot == std::string_view::npos ? std::string_view() : subject.substr(0, dot);
  return token;
}

}  // namespace

bool ApiSubjects::Imported() const {
  constexpr std::string_view kBegin = "$JS.";
  constexpr std::string_view kEnd = ".API";
  if (prefix_ == "$JS.API") return false;
  const std::string_view prefix = prefix_;
  if (prefix.size() <= kBegin.size() + kEnd.size() || prefix.substr(0, kBegin.size()) != kBegin ||
      prefix.substr(prefix.size() - kEnd.size()) != kEnd) {
    return true;
  }
  const auto domain = prefix.substr(kBegin.size(), prefix.size() - kBegin.size() - kEnd.size());
  return domain.find('.') != std::string_view::npos;
}

Result<ApiSubjects> ApiSubjects::Create(std::string_view prefix, std::string_view domain) {
  ApiSubjects subjects;
  if (!prefix.empty() && !domain.empty()) {
    return Fail(Errc::kConfigInvalid, "both a JetStream API prefix and a domain are set",
                "Set one of them: a domain is the prefix $JS.<domain>.API.");
  }
  if (!prefix.empty()) {
    while (prefix.size() > 1 && prefix.back() == '.') prefix.remove_suffix(1);
    if (!IsLiteralSubject(prefix)) {
      return Fail(Errc::kConfigInvalid,
                  "the JetStream API prefix \"" + std::string(prefix) + "\" is not a subject",
                  "Write it like $JS.API, without wildcards.");
    }
    subjects.prefix_ = prefix;
  } else if (!domain.empty()) {
    if (!IsLiteralSubject(domain) || domain.find('.') != std::string_view::npos) {
      return Fail(Errc::kConfigInvalid,
                  "the JetStream domain \"" + std::string(domain) + "\" is not one subject token");
    }
    subjects.prefix_ = "$JS." + std::string(domain) + ".API";
  }
  return subjects;
}

std::optional<ChunkReply> ParseChunkReply(std::string_view reply_subject) {
  const auto index = Number(TakeLastToken(reply_subject));
  const auto length = Number(TakeLastToken(reply_subject));
  if (!index || !length) return std::nullopt;
  if (reply_subject.find("$JS.SNAPSHOT.ACK.") == std::string_view::npos) return std::nullopt;
  return ChunkReply{*length, *index};
}

std::optional<DeliveryReply> ParseDeliveryReply(std::string_view reply_subject) {
  constexpr std::string_view kBegin = "$JS.ACK.";
  constexpr std::size_t kShort = 9;
  constexpr std::size_t kLong = 11;
  if (!reply_subject.starts_with(kBegin)) return std::nullopt;
  const auto tokens =
      static_cast<std::size_t>(std::count(reply_subject.begin(), reply_subject.end(), '.')) + 1;
  if (tokens != kShort && tokens < kLong) return std::nullopt;
  // The longest form ends with one that says nothing.
  for (std::size_t i = kLong; i < tokens; ++i) TakeLastToken(reply_subject);
  TakeLastToken(reply_subject);  // messages that are pending
  TakeLastToken(reply_subject);  // the time
  const auto consumer_sequence = Number(TakeLastToken(reply_subject));
  const auto stream_sequence = Number(TakeLastToken(reply_subject));
  if (!consumer_sequence || !stream_sequence) return std::nullopt;
  return DeliveryReply{*stream_sequence, *consumer_sequence};
}

}  // namespace jetkeep
