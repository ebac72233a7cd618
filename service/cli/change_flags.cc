#include "service/cli/change_flags.h"

#include <fstream>
#include <iterator>
#include <utility>

#include "protocol/json/raw_json.h"

namespace jetkeep {
namespace {

constexpr std::size_t kMaxConfigBytes = std::size_t{512} * 1024;

tl::unexpected<Error> Usage(std::string message) { return Fail(Errc::kUsage, std::move(message)); }

// "a=b", in two.
Result<std::pair<std::string, std::string>> Halves(const std::string& flag,
                                                   const std::string& text) {
  const std::size_t at = text.find('=');
  if (at == std::string::npos || at == 0) return Usage(flag + " " + text + ": a '=' is missing");
  return std::pair(text.substr(0, at), text.substr(at + 1));
}

bool IsJson(const std::string& text) {
  const std::string probe = "{\"v\":" + text + "}";
  const auto value = RawMember(probe, "v");
  return value && *value == text;
}

Result<std::string> ReadConfigFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text;
  for (std::istreambuf_iterator<char> at(file), end; at != end && text.size() <= kMaxConfigBytes;
       ++at) {
    text.push_back(*at);
  }
  if (!file.is_open() || file.bad()) return Usage("--stream-config: cannot read " + path);
  if (text.size() > kMaxConfigBytes) return Usage("--stream-config: " + path + " is too large");
  if (const Status object = RequireObject(text); !object) {
    return Usage("--stream-config: " + path + ": " + object.error().message);
  }
  return text;
}

}  // namespace

void ChangeFlags::Declare(Flags& flags) {
  flags.Option("--as", as_, "NAME", "restore the stream under this name");
  flags.Options("--map-subject", map_subjects_, "FROM=TO",
                "rename subjects: 'orders.>=copy.>', 'orders.*.new=copy.$1.new'; may be given "
                "several times, the first that matches counts");
  flags.Option("--replicas", replicas_, "N", "restore with that many replicas");
  flags.Option("--placement-cluster", cluster_, "NAME", "restore into this cluster");
  flags.Options("--placement-tag", tags_, "TAG",
                "restore onto servers with this tag; may be given several times");
  flags.Option("--storage", storage_, "file|memory", "restore into this storage");
  flags.Options("--set-field", set_, "PATH=VALUE",
                "set a field of the stream's configuration: max_msgs=1000, "
                "placement.cluster=east, 'metadata.team=\"a\"'; the value is JSON, or text; null "
                "takes the field out; may be given several times");
  flags.Option("--stream-config", config_file_, "FILE",
               "restore with the configuration in this JSON file in place of the backup's");
  flags.Flag("--frozen", frozen_,
             "restore without expiry by age; `jetkeep thaw` puts the max_age back");
  flags.Options("--obfuscate", obfuscate_, "payloads|header:NAME|subject:N",
                "replace payloads, values of a header, or the token of that number in subjects; "
                "may be given several times");
  flags.Flag("--obfuscate-digests", digests_,
             "replace by keyed digests, not by noise of the same length");
  flags.Option("--obfuscate-key", key_, "TEXT",
               "the same key makes the same digests and noise (default: a random one)");
}

// "payloads", "header:NAME" or "subject:N".
Status ChangeFlags::ReadObfuscation(Obfuscation& what) const {
  constexpr std::string_view kHeader = "header:";
  constexpr std::string_view kSubject = "subject:";
  for (const std::string& text : obfuscate_) {
    const auto number = text.starts_with(kSubject) ? RawUnsigned(text.substr(kSubject.size()))
                                                   : Result<std::uint64_t>(Usage("no number"));
    if (text == "payloads") {
      what.payloads = true;
    } else if (text.starts_with(kHeader) && text.size() > kHeader.size()) {
      what.headers.push_back(text.substr(kHeader.size()));
    } else if (number) {
      what.subject_tokens.push_back(*number);
    } else {
      return Usage("--obfuscate " + text + ": give payloads, header:NAME or subject:N");
    }
  }
  what.digests = digests_;
  what.key = key_;
  return {};
}

bool ChangeFlags::any() const {
  return !as_.empty() || !map_subjects_.empty() || !replicas_.empty() || !cluster_.empty() ||
         !tags_.empty() || !storage_.empty() || !set_.empty() || !config_file_.empty() || frozen_ ||
         !obfuscate_.empty() || digests_ || !key_.empty();
}

Result<RestoreChanges> ChangeFlags::Read() const {
  RestoreChanges changes;
  changes.as = as_;
  for (const std::string& text : map_subjects_) {
    JETKEEP_ASSIGN(const auto rule, Halves("--map-subject", text));
    changes.map_subjects.push_back({rule.first, rule.second});
  }
  if (!replicas_.empty()) {
    if (!RawUnsigned(replicas_)) return Usage("--replicas " + replicas_ + ": not a number");
    changes.set.emplace_back("num_replicas", replicas_);
  }
  if (!cluster_.empty()) changes.set.emplace_back("placement.cluster", QuoteJson(cluster_));
  if (!tags_.empty()) changes.set.emplace_back("placement.tags", QuoteJsonStrings(tags_));
  if (!storage_.empty()) {
    if (storage_ != "file" && storage_ != "memory") {
      return Usage("--storage " + storage_ + ": give file or memory");
    }
    changes.set.emplace_back("storage", QuoteJson(storage_));
  }
  for (const std::string& text : set_) {
    JETKEEP_ASSIGN(const auto field, Halves("--set-field", text));
    changes.set.emplace_back(field.first,
                             IsJson(field.second) ? field.second : QuoteJson(field.second));
  }
  if (!config_file_.empty()) {
    JETKEEP_ASSIGN(changes.config_json, ReadConfigFile(config_file_));
  }
  changes.frozen = frozen_;
  JETKEEP_TRY(ReadObfuscation(changes.obfuscate));
  return changes;
}

}  // namespace jetkeep
