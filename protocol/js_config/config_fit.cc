#include "protocol/js_config/config_fit.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "protocol/base/time.h"
#include "protocol/js_config/config_value.h"
#include "protocol/js_config/mapping_fit.h"
#include "protocol/json/raw_json.h"
#include "protocol/json/raw_object.h"

namespace jetkeep {
namespace {

constexpr std::string_view kRequiredLevel = "_nats.req.level";

// The highest API level that every server of the minor version has.
unsigned ApiLevel(const ServerVersion& server) {
  constexpr std::pair<ServerVersion, unsigned> kLevels[] = {
      {{2, 15, 0}, 5}, {{2, 14, 0}, 4}, {{2, 12, 0}, 2}, {{2, 11, 0}, 1}};
  for (const auto& [version, level] : kLevels) {
    if (server >= version) return level;
  }
  return 0;
}

bool NewerThanTable(const ServerVersion& server) {
  return std::pair(server.major_number, server.minor_number) >
         std::pair(kNewestInTable.major_number, kNewestInTable.minor_number);
}

class Fitter {
 public:
  Fitter(ConfigOf kind, const ServerVersion& server, std::int64_t now_ns)
      : kind_(kind), server_(server), now_ns_(now_ns) {}

  Result<std::string> Object(std::string_view json, const std::string& prefix) {
    RawObject fitted;
    JETKEEP_TRY(ForEachMember(json, [&](std::string_view key, std::string_view value) -> Status {
      return Member(prefix, key, value, fitted);
    }));
    return fitted.Text();
  }

  std::vector<UnsupportedField> TakeUnsupported() { return std::move(unsupported_); }

 private:
  Status Member(const std::string& prefix, std::string_view key, std::string_view value,
                RawObject& fitted) {
    const std::string path = prefix + std::string(key);
    const ConfigField* field = FindField(kind_, path);
    if (path == "metadata") return Metadata(field, value, fitted);
    const std::string why = WhyNot(field, path, value);
    if (!why.empty()) {
      if (SaysNothing(field, path, value)) return {};
      if (const auto single = AsSingleFilter(path, value)) {
        fitted.Add("filter_subject", *single);
        return {};
      }
      unsupported_.push_back({path, ShownValue(value), why});
      return {};
    }
    if (value == "null" || !HasFieldsBelow(kind_, path)) {
      fitted.Add(key, value);
      return {};
    }
    if (value.front() == '{') {
      JETKEEP_ASSIGN(const std::string object, Object(value, path + "."));
      fitted.Add(key, object);
      return {};
    }
    std::string array = "[";
    JETKEEP_TRY(ForEachElement(value, [&](std::string_view element) -> Status {
      JETKEEP_ASSIGN(const std::string object, Object(element, path + "[]."));
      if (array.size() > 1) array += ",";
      array += object;
      return {};
    }));
    fitted.Add(key, array + "]");
    return {};
  }

  // Empty: the server honours it, or is too new for the table.
  std::string WhyNot(const ConfigField* field, const std::string& path,
                     std::string_view value) const {
    if (field == nullptr) {
      return NewerThanTable(server_) ? "" : "not a field of any server version known to jetkeep";
    }
    if (server_ < field->since) return "known from " + jetkeep::Text(field->since);
    if (field->until != ServerVersion{} && server_ >= field->until) {
      return "no longer known from " + jetkeep::Text(field->until);
    }
    for (const ConfigValue& late : LateValuesOf(kind_)) {
      if (late.path == path && late.json == value && server_ < late.since) {
        return "this value is known from " + jetkeep::Text(late.since);
      }
    }
    const auto words = WordsOf(kind_, path);
    const bool unknown_word = !words.empty() && value != "null" && value != R"("")" &&
                              std::find(words.begin(), words.end(), value) == words.end();
    if (unknown_word && !NewerThanTable(server_)) {
      return "not a value of any server version that jetkeep knows";
    }
    return kind_ == ConfigOf::kStream ? WhyNotMapping(path, value, server_) : std::string();
  }

  bool SaysNothing(const ConfigField* field, const std::string& path,
                   std::string_view value) const {
    if (MeansAbsent(field, value)) return true;
    if (kind_ != ConfigOf::kConsumer || path != "pause_until") return false;
    const auto text = RawString(value);
    const auto until = text ? ParseTime(*text) : Result<std::int64_t>(Fail(text.error()));
    return until && *until <= now_ns_;
  }

  std::optional<std::string> AsSingleFilter(const std::string& path, std::string_view value) const {
    if (kind_ != ConfigOf::kConsumer || path != "filter_subjects") return std::nullopt;
    std::string single;
    std::size_t count = 0;
    const Status read = ForEachElement(value, [&](std::string_view element) -> Status {
      single = element;
      ++count;
      return {};
    });
    if (!read || count != 1) return std::nullopt;
    return single;
  }

  Status Metadata(const ConfigField* field, std::string_view value, RawObject& fitted) {
    if (value == "null") return {};
    RawObject own;
    JETKEEP_TRY(ForEachMember(value, [&](std::string_view key, std::string_view text) -> Status {
      const bool servers_own = key.substr(0, kServerMetadataPrefix.size()) == kServerMetadataPrefix;
      if (!servers_own || (key == kRequiredLevel && HasLevel(text))) own.Add(key, text);
      return {};
    }));
    if (own.empty()) return {};
    const std::string kept = own.Text();
    const std::string why = WhyNot(field, "metadata", kept);
    if (why.empty()) {
      fitted.Add("metadata", kept);
    } else {
      unsupported_.push_back({"metadata", ShownValue(kept), why});
    }
    return {};
  }

  bool HasLevel(std::string_view text) const {
    const auto level = RawString(text);
    if (!level) return false;
    const auto number = RawUnsigned(*level);
    return number && *number <= ApiLevel(server_) && ApiLevel(server_) > 0;
  }

  const ConfigOf kind_;
  const ServerVersion server_;
  const std::int64_t now_ns_;
  std::vector<UnsupportedField> unsupported_;
};

}  // namespace

std::string UnsupportedField::Text() const { return path + " " + value + " (" + why + ")"; }

Result<ConfigFit> FitConfig(ConfigOf kind, std::string_view config_json,
                            const ServerVersion& server, std::int64_t now_ns) {
  Fitter fitter(kind, server, now_ns);
  ConfigFit fit;
  JETKEEP_ASSIGN(fit.config_json, fitter.Object(config_json, {}));
  fit.unsupported = fitter.TakeUnsupported();
  return fit;
}

}  // namespace jetkeep
