#include "tests/unit/protocol/control/schema_check.h"

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wshadow"
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>
#pragma GCC diagnostic pop

#include <fstream>
#include <stdexcept>

namespace jetkeep::testing {
namespace {

nlohmann::json Load(const std::string& name) {
  std::ifstream file(std::string(JETKEEP_SCHEMAS) + "/" + name);
  if (!file) throw std::runtime_error("no schema " + name);
  return nlohmann::json::parse(file);
}

}  // namespace

std::string SchemaErrors(const std::string& name, const Document& document) {
  using Adapter = valijson::adapters::NlohmannJsonAdapter;
  const nlohmann::json source = Load(name + ".json");
  valijson::Schema schema;
  valijson::SchemaParser parser(valijson::SchemaParser::kDraft7);
  parser.populateSchema(
      Adapter(source), schema,
      [](const std::string& uri) -> const nlohmann::json* {
        return new nlohmann::json(Load(uri.substr(uri.rfind('/') + 1)));
      },
      [](const nlohmann::json* fetched) { delete fetched; });
  const nlohmann::json target = nlohmann::json::parse(document.dump());
  valijson::Validator validator;
  valijson::ValidationResults results;
  if (validator.validate(schema, Adapter(target), &results)) return "";
  std::string errors = name + " refuses " + target.dump() + ":";
  valijson::ValidationResults::Error error;
  while (results.popError(error)) {
    errors += "\n  ";
    for (const std::string& part : error.context) errors += part;
    errors += ": " + error.description;
  }
  return errors;
}

}  // namespace jetkeep::testing
