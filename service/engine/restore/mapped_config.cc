#include "service/engine/restore/mapped_config.h"

#include <algorithm>
#include <cctype>
#include <utility>

#include "protocol/js_config/stream_config.h"
#include "protocol/json/raw_json.h"
#include "protocol/json/raw_object.h"
#include "protocol/subjects/match.h"

namespace jetkeep {
namespace {

constexpr std::string_view kKeyValue = "KV_";
constexpr std::string_view kObjects = "OBJ_";

Result<std::string> TextAt(const RawObject& object, std::string_view key) {
  const std::string* raw = object.FindValue(key);
  if (raw == nullptr) return std::string();
  return RawString(*raw);
}

bool StandsForToken(std::string_view token) {
  if (token.starts_with("{{")) return true;
  return token.size() > 1 && token.front() == '$' &&
         std::all_of(token.begin() + 1, token.end(),
                     [](char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; });
}

// Each token of `subject` as `f` has it.
template <typename F>
std::string WithTokens(std::string_view subject, F&& f) {
  std::string text;
  for (std::size_t at = 0; at <= subject.size();) {
    const std::size_t end = std::min(subject.find('.', at), subject.size());
    if (at > 0) text += '.';
    text += f(subject.substr(at, end - at));
    at = end + 1;
  }
  return text;
}

Error NoSingleRule(const std::string& what, const std::string& subject) {
  return {Errc::kInvalidRequest,
          "the rules for subjects apply to a part only of " + what + " " + subject,
          "Nothing was changed. Give rules that take all of it or nothing, or write that setting "
          "with --set-field (field set_fields); it is not mapped then.",
          0};
}

// A destination: tokens in it may stand for those of its source.
Result<std::string> MappedDestination(const std::string& what, const std::string& subject,
                                      const SubjectMap& map) {
  if (subject.empty()) return subject;
  const std::string shape = WithTokens(subject, [](std::string_view token) {
    return StandsForToken(token) ? std::string("*") : std::string(token);
  });
  auto mapped = map.WholeImageOf(shape, subject);
  if (!mapped) return Fail(NoSingleRule(what, subject));
  return *std::move(mapped);
}

// A source: the order of its wildcards counts, since the destination names them by number.
Result<std::string> MappedSource(const std::string& what, const std::string& subject,
                                 const SubjectMap& map) {
  if (subject.empty()) return subject;
  std::size_t number = 0;
  const std::string numbered = WithTokens(subject, [&](std::string_view token) {
    return token == "*" ? "\x01" + std::to_string(++number) : std::string(token);
  });
  const auto mapped = map.WholeImageOf(subject, numbered);
  if (!mapped) return Fail(NoSingleRule(what, subject));
  std::size_t next = 0;
  bool in_order = true;
  std::string text = WithTokens(*mapped, [&](std::string_view token) {
    if (!token.starts_with('\x01')) return std::string(token);
    in_order = in_order && token.substr(1) == std::to_string(++next);
    return std::string("*");
  });
  if (!in_order || next != number) return Fail(NoSingleRule("the wildcards of " + what, subject));
  return text;
}

// {"src":…,"dest":…}, of this stream's own subjects.
Result<std::string> MappedRule(const std::string& what, const std::string& json,
                               const SubjectMap& map, bool source_too) {
  JETKEEP_ASSIGN(RawObject rule, RawObject::Parse(json));
  if (source_too) {
    JETKEEP_ASSIGN(const std::string src, TextAt(rule, "src"));
    JETKEEP_ASSIGN(const std::string mapped, MappedSource("the source of " + what, src, map));
    if (mapped != src) rule.Set("src", QuoteJson(mapped));
  }
  JETKEEP_ASSIGN(const std::string dest, TextAt(rule, "dest"));
  JETKEEP_ASSIGN(const std::string mapped,
                 MappedDestination("the destination of " + what, dest, map));
  if (mapped != dest) rule.Set("dest", QuoteJson(mapped));
  return rule.Text();
}

// Subjects that come from the origin from now on, and that no transform there renames.
std::vector<std::string> SubjectsFrom(const RawObject& origin) {
  auto filter = TextAt(origin, "filter_subject");
  return {filter && !filter->empty() ? *filter : std::string(">")};
}

Result<std::string> MappedOrigin(const std::string& json, const SubjectMap& map,
                                 std::vector<std::string>& warnings) {
  JETKEEP_ASSIGN(RawObject origin, RawObject::Parse(json));
  JETKEEP_ASSIGN(const std::string name, TextAt(origin, "name"));
  const std::string* transforms = origin.FindValue("subject_transforms");
  if (transforms == nullptr || *transforms == "[]") {
    const std::vector<std::string> subjects = SubjectsFrom(origin);
    if (map.ImagesOf(subjects) != subjects) {
      warnings.push_back("messages that come from stream " + name +
                         " after the restore keep their subjects; the rules for subjects apply to "
                         "those of the backup");
    }
    return json;
  }
  std::string mapped = "[";
  JETKEEP_TRY(ForEachElement(*transforms, [&](std::string_view transform) -> Status {
    JETKEEP_ASSIGN(const std::string rule,
                   MappedRule("a transform of the messages of " + name, std::string(transform), map,
                              /*source_too=*/false));
    if (mapped.size() > 1) mapped += ",";
    mapped += rule;
    return {};
  }));
  origin.Set("subject_transforms", mapped + "]");
  return origin.Text();
}

Status MapOrigins(RawObject& config, const SubjectMap& map, std::vector<std::string>& warnings) {
  if (const std::string* mirror = config.FindValue("mirror"); mirror != nullptr) {
    JETKEEP_ASSIGN(const std::string mapped, MappedOrigin(*mirror, map, warnings));
    config.Set("mirror", mapped);
  }
  const std::string* sources = config.FindValue("sources");
  if (sources == nullptr) return {};
  std::string mapped = "[";
  JETKEEP_TRY(ForEachElement(*sources, [&](std::string_view source) -> Status {
    JETKEEP_ASSIGN(const std::string origin, MappedOrigin(std::string(source), map, warnings));
    if (mapped.size() > 1) mapped += ",";
    mapped += origin;
    return {};
  }));
  config.Set("sources", mapped + "]");
  return {};
}

std::string Bucket(std::string_view stream, std::string_view front) {
  return stream.starts_with(front) ? std::string(stream.substr(front.size())) : std::string();
}

}  // namespace

Result<std::string> MappedStreamConfig(std::string_view config_json, const SubjectMap& map,
                                       std::vector<std::string>& warnings) {
  JETKEEP_ASSIGN(RawObject config, RawObject::Parse(config_json));
  if (const std::string* raw = config.FindValue("subjects"); raw != nullptr) {
    JETKEEP_ASSIGN(const std::vector<std::string> subjects, RawStrings(*raw));
    const std::vector<std::string> mapped = map.ImagesOf(subjects);
    if (mapped != subjects) config.Set("subjects", QuoteJsonStrings(mapped));
  }
  for (const char* key : {"subject_transform", "republish"}) {
    const std::string* rule = config.FindValue(key);
    if (rule == nullptr) continue;
    JETKEEP_ASSIGN(const std::string mapped, MappedRule(key, *rule, map, /*source_too=*/true));
    const bool same_target = std::string_view(key) == "republish" && mapped != "{}";
    if (same_target) {
      JETKEEP_ASSIGN(const RawObject after, RawObject::Parse(mapped));
      JETKEEP_ASSIGN(const RawObject before, RawObject::Parse(*rule));
      JETKEEP_ASSIGN(const std::string dest, TextAt(after, "dest"));
      JETKEEP_ASSIGN(const std::string was, TextAt(before, "dest"));
      if (dest == was && !dest.empty()) {
        warnings.push_back("what is published to the restored stream is republished to " + dest +
                           ", as that of the stream that was backed up is");
      }
    }
    config.Set(key, mapped);
  }
  JETKEEP_TRY(MapOrigins(config, map, warnings));
  return config.Text();
}

Result<std::string> MappedConsumerConfig(std::string_view config_json, const SubjectMap& map) {
  JETKEEP_ASSIGN(RawObject config, RawObject::Parse(config_json));
  std::vector<std::string> filters;
  JETKEEP_ASSIGN(const std::string single, TextAt(config, "filter_subject"));
  if (!single.empty()) filters.push_back(single);
  if (const std::string* raw = config.FindValue("filter_subjects"); raw != nullptr) {
    JETKEEP_ASSIGN(const std::vector<std::string> several, RawStrings(*raw));
    filters.insert(filters.end(), several.begin(), several.end());
  }
  const std::vector<std::string> mapped = map.ImagesOf(filters);
  if (mapped != filters) {
    // A filter of one stays one, since servers before 2.10 know no list.
    const bool one = mapped.size() == 1 && !single.empty();
    if (one) {
      config.Set("filter_subject", QuoteJson(mapped.front()));
    } else {
      config.Remove("filter_subject");
      config.Set("filter_subjects", QuoteJsonStrings(mapped));
    }
  }
  JETKEEP_ASSIGN(const std::string deliver, TextAt(config, "deliver_subject"));
  std::string elsewhere;
  if (!deliver.empty() && map.MapByRules(deliver, elsewhere)) {
    config.Set("deliver_subject", QuoteJson(elsewhere));
  }
  return config.Text();
}

std::vector<SubjectRule> BucketRules(std::string_view stream, std::string_view as) {
  if (const std::string from = Bucket(stream, kKeyValue), to = Bucket(as, kKeyValue);
      !from.empty() && !to.empty()) {
    return {{"$KV." + from + ".>", "$KV." + to + ".>"}};
  }
  const std::string from = Bucket(stream, kObjects);
  const std::string to = Bucket(as, kObjects);
  if (from.empty() || to.empty()) return {};
  return {{"$O." + from + ".C.>", "$O." + to + ".C.>"},
          {"$O." + from + ".M.>", "$O." + to + ".M.>"}};
}

}  // namespace jetkeep
