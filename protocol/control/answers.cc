#include "protocol/control/answers.h"

#include <algorithm>
#include <cmath>
#include <string_view>

#include "protocol/base/time.h"
#include "protocol/base/utf8.h"
#include "protocol/control/backup_document.h"
#include "protocol/control/set_document.h"

namespace jetkeep {
namespace {

constexpr std::size_t kMaxHeaderBytes = 512;
constexpr std::size_t kMaxErrorBytes = 2048;  // an error must fit into one message of any server
constexpr std::size_t kMaxWarningsListed = 20;

std::string HeaderText(std::string_view text) {
  std::string line(text.substr(0, kMaxHeaderBytes));
  for (char& c : line) {
    if (c < 0x20 || c > 0x7e) c = '?';
  }
  return line;
}

constexpr Errc kAllCodes[] = {
#define JETKEEP_ERROR(name, err_code, http_code, exit_code, retryable, text) Errc::k##name,
#include "jetkeep/errors.def"
#undef JETKEEP_ERROR
};

std::string TextOf(const Document& document, const char* field) {
  const auto found = document.find(field);
  return found != document.end() && found->is_string() ? found->get<std::string>() : "";
}

// Figures for people: three decimals are enough, and they keep bodies short.
double Rounded(double value) { return std::round(value * 1000.0) / 1000.0; }

Document Texts(std::span<const std::string> warnings) {
  Document texts = Document::array();
  for (const std::string& warning : warnings.first(std::min(warnings.size(), kMaxWarningsListed))) {
    texts.push_back(warning);
  }
  return texts;
}

}  // namespace

std::string AnswerType(EndpointId endpoint) {
  std::string type("io.jetkeep.api.v1.");
  type.append(kEndpoints[static_cast<std::size_t>(endpoint)].name).append("_response");
  return type;
}

Headers AnswerHeaders(EndpointId endpoint) { return {{kTypeHeader, AnswerType(endpoint)}}; }

Document ToDocument(const Error& error) {
  const ErrorTraits& traits = TraitsOf(error.code);
  Document document = {{"code", traits.http_code},
                       {"err_code", traits.err_code},
                       {"description", CutUtf8(error.message.empty() ? traits.text : error.message,
                                               kMaxErrorBytes)}};
  if (!error.hint.empty()) document["hint"] = error.hint;
  if (error.server_code != 0) document["server_err_code"] = error.server_code;
  return document;
}

Error ErrorFromDocument(const Document& error) {
  Error result;
  if (!error.is_object()) return result;
  const auto number = error.find("err_code");
  if (number != error.end() && number->is_number_integer()) {
    for (const Errc code : kAllCodes) {
      if (TraitsOf(code).err_code == number->get<std::int64_t>()) result.code = code;
    }
  }
  result.message = TextOf(error, "description");
  result.hint = TextOf(error, "hint");
  const auto server = error.find("server_err_code");
  if (server != error.end() && server->is_number_unsigned()) {
    result.server_code = static_cast<std::uint32_t>(
        std::min<std::uint64_t>(server->get<std::uint64_t>(), UINT32_MAX));
  }
  return result;
}

Document ErrorAnswer(const Error& error) { return {{"error", ToDocument(error)}}; }

Headers ErrorHeaders(const Error& error) {
  const ErrorTraits& traits = TraitsOf(error.code);
  return {{kErrorHeader, HeaderText(error.message.empty() ? traits.text : error.message)},
          {kErrorCodeHeader, std::to_string(traits.http_code)},
          {kTypeHeader, std::string(kErrorAnswerType)}};
}

Document JobAnswer(const JobStatus& job, const Subjects& subjects) {
  Document document = {{"job", job.job},
                       {"kind", NameOf(job.kind)},
                       {"state", NameOf(job.state)},
                       {"account", job.account},
                       {"stream", job.stream}};
  if (!job.target.empty()) document["target"] = job.target;
  if (!job.backup.empty()) document["backup"] = job.backup;
  if (!job.set.empty()) document["set"] = job.set;
  document["events"] = subjects.EventsOf(job.kind, job.stream, job.job);
  return document;
}

Document StatusAnswer(const JobStatus& job, const Subjects& subjects) {
  Document document = JobAnswer(job, subjects);
  document["created"] = FormatTime(job.created_ns);
  if (job.started_ns != 0) document["started"] = FormatTime(job.started_ns);
  if (job.ended_ns != 0) document["ended"] = FormatTime(job.ended_ns);
  if (job.position) document["position"] = *job.position;
  if (job.attempts != 0) document["attempts"] = job.attempts;
  if (job.progress) document["progress"] = ToDocument(*job.progress);
  if (job.error) document["error"] = ToDocument(*job.error);
  return document;
}

Document StatusListAnswer(std::span<const JobStatus> jobs, const Subjects& subjects,
                          std::uint64_t total, std::span<const std::string> warnings) {
  Document list = Document::array();
  for (const JobStatus& job : jobs) list.push_back(StatusAnswer(job, subjects));
  return {{"total", total}, {"jobs", std::move(list)}, {"warnings", Texts(warnings)}};
}

Document ListAnswer(std::span<const BackupSummary> backups, std::uint64_t total,
                    std::uint64_t offset, std::uint64_t limit,
                    std::span<const std::string> warnings, bool incomplete) {
  Document list = Document::array();
  for (const BackupSummary& backup : backups) list.push_back(ToDocument(backup));
  Document answer = {{"total", total},
                     {"offset", offset},
                     {"limit", limit},
                     {"backups", std::move(list)},
                     {"warnings", Texts(warnings)}};
  if (incomplete) answer["incomplete"] = true;
  return answer;
}

Document SetsAnswer(std::span<const SetSummary> sets, std::uint64_t total, std::uint64_t offset,
                    std::uint64_t limit, std::span<const std::string> warnings) {
  Document list = Document::array();
  for (const SetSummary& set : sets) list.push_back(ToDocument(set));
  return {{"total", total},
          {"offset", offset},
          {"limit", limit},
          {"sets", std::move(list)},
          {"warnings", Texts(warnings)}};
}

Document DeleteAnswer(const std::string& backup, const std::string& account) {
  return {{"account", account}, {"backup", backup}, {"deleted", true}};
}

Document DeleteSetAnswer(const std::string& set, const std::string& account,
                         const DeletedSet& deleted) {
  Document document = {
      {"account", account}, {"set", set}, {"deleted", true}, {"backups", deleted.backups}};
  document["kept"] = Texts(deleted.kept);
  if (deleted.kept.size() > kMaxWarningsListed) {
    document["truncated"]["kept"] = deleted.kept.size() - kMaxWarningsListed;
  }
  return document;
}

Document PinAnswer(const PinRequest& request, bool pinned) {
  Document document = ToDocument(request);
  document["pinned"] = pinned;
  return document;
}

Document ToDocument(const ProgressFigures& progress) {
  const JobProgress& counts = progress.counts;
  Document document = {
      {"messages", {{"done", counts.messages_done}, {"expected", counts.messages_expected}}},
      {"bytes", {{"done", counts.bytes_done}, {"expected", counts.bytes_expected}}},
      {"rate",
       {{"messages_per_second", Rounded(progress.messages_per_second)},
        {"bytes_per_second", Rounded(progress.bytes_per_second)}}}};
  if (progress.remaining_seconds) {
    document["remaining_seconds"] = Rounded(*progress.remaining_seconds);
  }
  document["percent"] = Rounded(progress.percent);
  if (counts.set.streams_expected != 0) document["streams"] = ToDocument(counts.set);
  return document;
}

}  // namespace jetkeep
