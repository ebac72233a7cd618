// The shapes against the schemas, which other people read: neither may promise what the other does
// not.
#include <gtest/gtest.h>

#include <fstream>
#include <set>

#include "protocol/control/message_shapes.h"

namespace jetkeep {
namespace {

using Json = nlohmann::json;

Json LoadSchema(const std::string& name) {
  std::ifstream file(std::string(JETKEEP_SCHEMAS) + "/" + name + ".json");
  EXPECT_TRUE(file) << name;
  return Json::parse(file);
}

const Json& Resolve(const Json& root, const Json& schema) {
  if (!schema.contains("$ref")) return schema;
  const auto reference = schema["$ref"].get<std::string>();
  EXPECT_EQ(reference.rfind("#/", 0), 0U) << reference;
  return root.at(Json::json_pointer(reference.substr(1)));
}

std::string TypeOf(const Json& schema) {
  if (schema.contains("const"))
    return schema["const"].is_boolean() && !schema.contains("type")
               ? "true"
               : schema.value("type", "string");
  if (!schema.contains("type")) return "?";
  return schema["type"].is_string() ? schema["type"].get<std::string>() : "any";
}

std::string TypeOf(FieldType type) {
  switch (type) {
    case FieldType::kName:
    case FieldType::kText:
      return "string";
    case FieldType::kCount:
      return "integer";
    case FieldType::kNumber:
      return "number";
    case FieldType::kFlag:
      return "boolean";
    case FieldType::kTrue:
      return "true";
    case FieldType::kTexts:
    case FieldType::kObjects:
      return "array";
    case FieldType::kObject:
      return "object";
    case FieldType::kAny:
      break;
  }
  return "any";
}

void CollectNames(const Shape& shape, std::set<std::string>& names) {
  if (shape.base != nullptr) CollectNames(*shape.base, names);
  for (const ShapeField& field : shape.fields) names.emplace(field.name);
}

void CompareAll(const std::string& where, const Json& root, const Json& schema, const Shape& shape);

// What the shape says stands in the schema. `where` names the place in messages.
void Compare(const std::string& where, const Json& root, const Json& schema, const Shape& shape) {
  if (shape.base != nullptr) Compare(where, root, schema, *shape.base);
  const Json& properties = schema.at("properties");
  const Json required = schema.value("required", Json::array());
  for (const ShapeField& field : shape.fields) {
    const std::string name(field.name);
    const std::string place = where + "." + name;
    ASSERT_TRUE(properties.contains(name)) << place << " is in no schema";
    const bool always = std::find(required.begin(), required.end(), name) != required.end();
    if (field.presence == Presence::kRequired) {
      EXPECT_TRUE(always) << place << " is required here and not in the schema";
    }
    const Json& property = Resolve(root, properties[name]);
    EXPECT_EQ(TypeOf(field.type), TypeOf(property)) << place;
    if (field.type == FieldType::kTexts) {
      EXPECT_EQ(TypeOf(Resolve(root, property.at("items"))), "string") << place;
    }
    if (field.inside == nullptr) continue;
    CompareAll(place, root,
               field.type == FieldType::kObjects ? Resolve(root, property.at("items")) : property,
               *field.inside);
  }
}

// Besides: what the schema requires must be in the shape. A member that newer services always send
// and older ones do not belongs there as optional.
void CompareAll(const std::string& where, const Json& root, const Json& schema,
                const Shape& shape) {
  Compare(where, root, schema, shape);
  std::set<std::string> names;
  CollectNames(shape, names);
  for (const Json& required : schema.value("required", Json::array())) {
    EXPECT_EQ(names.count(required.get<std::string>()), 1U)
        << required << " of the schema, at " << where
        << ", is not in message_shapes.cc: add it as optional, with the version that began it";
  }
}

TEST(Shapes, OfAnswersAreThoseOfTheSchemas) {
  const auto whole = [](const std::string& name, const Shape& shape) {
    const Json root = LoadSchema(name);
    CompareAll(name, root, Resolve(root, root), shape);
  };
  whole("error", ErrorAnswerShape());
  whole("backup_cancel_response", JobShape());
  whole("backup_list_response", BackupListShape());
  whole("backup_show_response", BackupShape());
  whole("backup_delete_response", DeletedShape());
  whole("backup_pin_response", PinnedShape());
  whole("backup_unpin_response", PinnedShape());
  whole("backup_stats_response", StatsShape());
  whole("backup_diff_response", DiffShape());
  whole("backup_drift_response", DriftShape());
  whole("backup_prune_response", PruneShape());
  whole("backup_sets_response", SetsShape());
  whole("backup_get_response", MessageShape());
  whole("backup_messages_response", MessagesShape());
  whole("backup_set_response", SetShape());
  const Json status = LoadSchema("backup_status_response");
  CompareAll("backup_status_response", status, Resolve(status, status["oneOf"][0]),
             JobStatusShape());
  CompareAll("backup_status_response", status, Resolve(status, status["oneOf"][1]), JobListShape());
  for (const auto& [name, work] : {std::pair{"backup_request_response", JobKind::kBackup},
                                   std::pair{"restore_request_response", JobKind::kRestore},
                                   std::pair{"backup_republish_response", JobKind::kRepublish},
                                   std::pair{"backup_verify_response", JobKind::kVerify}}) {
    const Json root = LoadSchema(name);
    CompareAll(name, root, Resolve(root, root["oneOf"][0]), JobShape());
    CompareAll(name, root, Resolve(root, root["oneOf"][1]),
               EventShape(work, EventKind::kCompleted));
  }
  const Json restore = LoadSchema("restore_request_response");
  CompareAll("plan", restore, Resolve(restore, restore["oneOf"][2]), RestorePlanShape());
}

TEST(Shapes, OfEventsAreThoseOfTheSchemas) {
  for (const JobKind work :
       {JobKind::kBackup, JobKind::kRestore, JobKind::kVerify, JobKind::kRepublish}) {
    for (const EventKind kind :
         {EventKind::kQueued, EventKind::kStarted, EventKind::kProgress, EventKind::kRetrying,
          EventKind::kCompleted, EventKind::kFailed, EventKind::kCancelled}) {
      const std::string name =
          "event_" + std::string(NameOf(work)) + "_" + std::string(NameOf(kind));
      const Json root = LoadSchema(name);
      CompareAll(name, root, Resolve(root, root), EventShape(work, kind));
    }
  }
}

}  // namespace
}  // namespace jetkeep
