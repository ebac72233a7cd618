#include "service/nats/denials.h"

namespace jetkeep {

void Denials::Record(std::string_view text) {
  if (text.find("Permissions Violation") == std::string_view::npos) return;
  const std::size_t open = text.find('"');
  if (open == std::string_view::npos) return;
  const std::size_t close = text.find('"', open + 1);
  const bool cut = close == std::string_view::npos;
  const std::string_view subject = text.substr(open + 1, cut ? close : close - open - 1);
  const MutexLock lock(mutex_);
  const std::uint64_t number = count_.load(std::memory_order_relaxed);
  denials_.push_back({number, std::string(subject), cut});
  if (denials_.size() > kKept) denials_.pop_front();
  count_.store(number + 1, std::memory_order_release);
}

std::optional<std::string> Denials::Since(std::uint64_t mark, std::string_view prefix) const {
  if (Mark() <= mark) return std::nullopt;
  const MutexLock lock(mutex_);
  for (const Denial& denial : denials_) {
    if (denial.number < mark) continue;
    const std::string_view subject = denial.subject;
    const bool matches = subject.substr(0, prefix.size()) == prefix ||
                         (denial.cut && prefix.substr(0, subject.size()) == subject);
    if (matches) return denial.subject;
  }
  return std::nullopt;
}

}  // namespace jetkeep
