#include "service/observe/health.h"

#include <nlohmann/json.hpp>
#include <utility>

namespace jetkeep {

void Health::Set(const std::string& part, std::string problem) {
  const MutexLock lock(mutex_);
  if (problem.empty()) {
    problems_.erase(part);
  } else {
    problems_[part] = std::move(problem);
  }
}

std::string Health::Body() const {
  using Json = nlohmann::ordered_json;
  Json problems = Json::array();
  {
    const MutexLock lock(mutex_);
    for (const auto& [part, problem] : problems_) {
      problems.push_back(Json{{"part", part}, {"problem", problem}});
    }
  }
  Json body;
  body["status"] = problems.empty() ? "ok" : "degraded";
  body["problems"] = std::move(problems);
  return body.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace jetkeep
