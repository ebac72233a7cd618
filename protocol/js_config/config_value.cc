#include "protocol/js_config/config_value.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "protocol/base/utf8.h"

namespace jetkeep {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kShownBytes = 80;

bool IsEmpty(const Json& value) {
  switch (value.type()) {
    case Json::value_t::null:
      return true;
    case Json::value_t::boolean:
      return !value.get<bool>();
    case Json::value_t::string: {
      const auto& text = value.get_ref<const std::string&>();
      return text.empty() || text == "0001-01-01T00:00:00Z";
    }
    case Json::value_t::number_integer:
    case Json::value_t::number_unsigned:
    case Json::value_t::number_float:
      return value == 0;
    case Json::value_t::array:
      return value.empty();
    case Json::value_t::object:
      return std::all_of(value.begin(), value.end(), IsEmpty);
    default:
      return false;
  }
}

}  // namespace

bool MeansAbsent(const ConfigField* field, std::string_view json) {
  if (field != nullptr && !field->same_as_absent.empty() && json == field->same_as_absent) {
    return true;
  }
  const Json value = Json::parse(json, nullptr, /*allow_exceptions=*/false);
  const bool negative = value.is_number_integer() && !value.is_number_unsigned() && value < 0;
  if (negative && field != nullptr && field->negative_is_none) return true;
  return !value.is_discarded() && IsEmpty(value);
}

std::string ShownValue(std::string_view json) {
  if (json.size() <= kShownBytes) return std::string(json);
  return std::string(CutUtf8(json, kShownBytes)) + "…";
}

}  // namespace jetkeep
