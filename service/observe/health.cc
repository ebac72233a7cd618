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

Health::Clock::duration Health::Silence() const {
  const Clock::duration last = last_turn_;
  return last.count() == 0 ? last : clock_().time_since_epoch() - last;
}

std::string Health::Body() const {
  using Json = nlohmann::ordered_json;
  Json problems = Json::array();
  if (const auto silence = Silence(); silence > kLongestTurn) {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(silence).count();
    problems.push_back(Json{{"part", "loop"},
                            {"problem", "has stood still for " + std::to_string(seconds) + " s"}});
  }
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
