// Configurations of a stream and its consumers whose subjects are mapped as the messages are. Pure.
//
// What belongs to another stream stays: the filters and the sources of transforms of an origin name
// its subjects. What a transform there makes is stored here, and is mapped.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "jetkeep/error.h"
#include "jetkeep/restore_changes.h"
#include "protocol/subjects/subject_map.h"

namespace jetkeep {

// kInvalidRequest: a rule applies to a part of what a transform or republish rule does, so that no
// single rule does the same. Warnings: what goes on under the old subjects.
Result<std::string> MappedStreamConfig(std::string_view config_json, const SubjectMap& map,
                                       std::vector<std::string>& warnings);
Result<std::string> MappedConsumerConfig(std::string_view config_json, const SubjectMap& map);

// The rules by which a bucket (key-value or object store) becomes one of another name; none if the
// two names are not those of buckets of one kind.
std::vector<SubjectRule> BucketRules(std::string_view stream, std::string_view as);

}  // namespace jetkeep
