#include "protocol/js_config/config_compare.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "protocol/base/time.h"
#include "protocol/js_config/config_value.h"

namespace jetkeep {
namespace {

using Json = nlohmann::json;

const Json kAbsent;  // null

const Json& MemberOf(const Json& object, const std::string& key) {
  const auto found = object.is_object() ? object.find(key) : object.end();
  return object.is_object() && found != object.end() ? *found : kAbsent;
}

bool EndsWith(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

bool SameTime(const std::string& path, const Json& asked, const Json& found) {
  const bool is_time = EndsWith(path, "_time") || EndsWith(path, "_until");
  if (!is_time || !asked.is_string() || !found.is_string()) return false;
  const auto a = ParseTime(asked.get_ref<const std::string&>());
  const auto b = ParseTime(found.get_ref<const std::string&>());
  return a && b && *a == *b;
}

// Below zero is one value: newer servers write it as -1.
bool BothNegative(const Json& a, const Json& b) {
  return a.is_number_integer() && b.is_number_integer() && a < 0 && b < 0;
}

Json WithoutServersOwn(const Json& metadata) {
  Json kept = Json::object();
  if (!metadata.is_object()) return kept;
  for (const auto& [key, value] : metadata.items()) {
    if (key.compare(0, kServerMetadataPrefix.size(), kServerMetadataPrefix) != 0) kept[key] = value;
  }
  return kept;
}

std::string Shown(const std::string& json) { return json.empty() ? "not set" : ShownValue(json); }

class Comparison {
 public:
  Comparison(ConfigOf kind, LeftOut left_out, bool durable)
      : kind_(kind), left_out_(left_out), durable_(durable) {}

  void Objects(const Json& asked, const Json& found, const std::string& prefix) {
    std::set<std::string> keys;
    for (const Json* object : {&asked, &found}) {
      if (!object->is_object()) continue;
      for (const auto& [key, value] : object->items()) keys.insert(key);
    }
    for (const std::string& key : keys) {
      Values(MemberOf(asked, key), MemberOf(found, key), prefix + key);
    }
  }

  ConfigDifferences Take() { return std::move(differences_); }

 private:
  void Values(const Json& asked, const Json& found, const std::string& path) {
    if (path == "metadata") return Leaves(WithoutServersOwn(asked), WithoutServersOwn(found), path);
    if (asked == found) return;
    if (!HasFieldsBelow(kind_, path)) return Leaves(asked, found, path);
    const bool lists = asked.is_array() && found.is_array() && asked.size() == found.size();
    for (std::size_t i = 0; lists && i < asked.size(); ++i)
      Objects(asked[i], found[i], path + "[].");
    if (lists) return;
    const auto object_or_none = [](const Json& value) {
      return value.is_object() || value.is_null();
    };
    if (object_or_none(asked) && object_or_none(found)) return Objects(asked, found, path + ".");
    Leaves(asked, found, path);
  }

  void Leaves(const Json& asked, const Json& found, const std::string& path) {
    if (asked == found || SameTime(path, asked, found) || BothNegative(asked, found)) return;
    const ConfigField* field = FindField(kind_, path);
    const bool nothing_asked = MeansAbsent(field, asked.dump());
    if (nothing_asked && MeansAbsent(field, found.dump())) return;
    // A field in no table that nobody asked for is a newer server's own; a consumer's name repeats
    // its durable name.
    if (nothing_asked && (field == nullptr || path == "name")) return;
    const bool chosen =
        field != nullptr &&
        ((nothing_asked && field->filled_in && MayFillIn(path)) || field->follows_server);
    (chosen ? differences_.servers_choice : differences_.not_as_asked)
        .push_back({path, TextOf(asked), TextOf(found)});
  }

  bool MayFillIn(const std::string& path) const {
    if (left_out_ == LeftOut::kServersChoice) return true;
    // In their files servers have none for consumers that go by themselves.
    return kind_ == ConfigOf::kConsumer && !durable_ && path == "inactive_threshold";
  }

  static std::string TextOf(const Json& value) {
    return value.is_null() ? "" : value.dump(-1, ' ', false, Json::error_handler_t::replace);
  }

  const ConfigOf kind_;
  const LeftOut left_out_;
  const bool durable_;  // the consumer
  ConfigDifferences differences_;
};

}  // namespace

std::string ConfigDifference::InWords() const {
  if (path.empty()) return "the configuration cannot be read";
  return path + " is " + Shown(found_json) + ", requested was " + Shown(asked_json);
}

std::vector<std::string> InWords(const std::vector<ConfigDifference>& differences) {
  std::vector<std::string> words;
  words.reserve(differences.size());
  for (const ConfigDifference& difference : differences) words.push_back(difference.InWords());
  return words;
}

ConfigDifferences CompareConfigs(ConfigOf kind, std::string_view asked_json,
                                 std::string_view found_json, LeftOut left_out) {
  const Json asked = Json::parse(asked_json, nullptr, /*allow_exceptions=*/false);
  const Json found = Json::parse(found_json, nullptr, /*allow_exceptions=*/false);
  if (!asked.is_object() || !found.is_object()) {
    return {{ConfigDifference{}}, {}};
  }
  Comparison comparison(kind, left_out, asked.contains("durable_name"));
  comparison.Objects(asked, found, {});
  return comparison.Take();
}

}  // namespace jetkeep
