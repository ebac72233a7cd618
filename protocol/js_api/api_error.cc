#include "protocol/js_api/api_error.h"

#include <algorithm>
#include <charconv>

#include "protocol/json/raw_json.h"

namespace jetkeep {
namespace {

bool Contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

// Conditions of a server that is starting, electing or restoring: the same request can succeed
// later.
bool PassesByItself(const ApiError& error) {
  switch (error.err_code) {
    case 10004:  // cluster is incomplete
    case 10008:  // system temporarily unavailable
    case 10009:  // not the leader
    case 10118:  // stream is offline
    case 10119:  // consumer is offline
    case 10194:  // stream is offline, with a reason
    case 10195:  // consumer is offline, with a reason
      return true;
    default:
      return error.err_code == 0 && error.code == 503;
  }
}

struct Meaning {
  Errc code = Errc::kServerError;
  const char* hint = "";
};

Meaning MeaningOf(const ApiError& error) {
  if (PassesByItself(error)) return {Errc::kServerBusy, "Try again when the cluster has settled."};
  switch (error.err_code) {
    case 10059:
      return {Errc::kStreamNotFound, "Look for the name with `nats stream ls`."};
    case 10058:
    case 10130:
      return {Errc::kStreamExists, "Delete the stream that has this name, or choose another name."};
    case 10039:
    case 10076:
      return {Errc::kServerError, "Enable JetStream for this account, or use another account."};
    case 10064:
      if (Contains(error.description, "in progress")) {
        return {Errc::kServerBusy,
                "Only one snapshot of a stream can run at a time; wait for the other one."};
      }
      if (Contains(error.description, "no impl")) {
        return {Errc::kServerError,
                "Servers before 2.15 cannot take a snapshot of a stream in memory."};
      }
      return {};
    case 10062:
      if (Contains(error.description, "already in use")) return {Errc::kStreamExists, ""};
      return {};
    case 10057:
      if (Contains(error.description, "in progress")) return {Errc::kServerBusy, ""};
      return {};
    case 10065:
      return {Errc::kServerError, "Another stream already takes some of the same subjects."};
    case 10002:
    case 10023:
    case 10028:
    case 10047:
      return {Errc::kServerError, "Free space, or raise the limits of the account or the server."};
    case 10074:
      return {Errc::kServerError, "A server that is not clustered can keep only one replica."};
    default:
      return {};
  }
}

// A restore that fails carries the condition's own number at the end of its description:
// "restore failed: error restoring consumer [\"c\"]: … (10093)".
std::uint64_t NumberOf(const ApiError& error) {
  constexpr std::uint64_t kRestoreFailed = 10062;
  const std::string& text = error.description;
  const auto open = text.rfind('(');
  if (error.err_code != kRestoreFailed || open == std::string::npos || text.back() != ')') {
    return error.err_code;
  }
  std::uint64_t inner = 0;
  const char* end = text.data() + text.size() - 1;
  const auto [stop, wrong] = std::from_chars(text.data() + open + 1, end, inner);
  return wrong == std::errc() && stop == end && inner >= 10000 ? inner : error.err_code;
}

}  // namespace

Result<ApiError> ParseApiError(std::string_view json) {
  ApiError error;
  const auto visit = [&](std::string_view key, std::string_view value) -> Status {
    if (key == "code") {
      JETKEEP_ASSIGN(error.code, RawUnsigned(value));
    } else if (key == "err_code") {
      JETKEEP_ASSIGN(error.err_code, RawUnsigned(value));
    } else if (key == "description") {
      JETKEEP_ASSIGN(error.description, RawString(value));
    }
    return {};
  };
  JETKEEP_TRY(ForEachMember(json, visit));
  return error;
}

Error ToError(const ApiError& error) {
  const Meaning meaning = MeaningOf(error);
  std::string message = error.description.empty() ? "the server gave no reason" : error.description;
  message += error.err_code != 0 ? " (err_code " + std::to_string(error.err_code) + ")"
                                 : " (code " + std::to_string(error.code) + ")";
  return Error{meaning.code, std::move(message), meaning.hint,
               static_cast<std::uint32_t>(std::min<std::uint64_t>(NumberOf(error), UINT32_MAX))};
}

Status CheckAnswer(std::string_view body) {
  auto found = FindRawMember(body, "error");
  if (!found) {
    return Fail(Errc::kServerError, "unreadable answer: " + found.error().message);
  }
  if (!*found || **found == "null") return {};
  auto error = ParseApiError(**found);
  if (!error) return Fail(Errc::kServerError, "unreadable error: " + error.error().message);
  return Fail(ToError(*error));
}

}  // namespace jetkeep
