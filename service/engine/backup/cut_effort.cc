#include "service/engine/backup/cut_effort.h"

#include <algorithm>
#include <cstdio>
#include <utility>

namespace jetkeep {
namespace {

std::string Seconds(double seconds) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f s", seconds);
  return text;
}

double InSeconds(std::chrono::steady_clock::duration time) {
  return std::chrono::duration<double>(time).count();
}

}  // namespace

void CutEffort::Missed(const CutVerdict& verdict, std::uint64_t last) {
  if (++answers_ == 1) {
    began_ = Clock::now();
    first_last_ = last;
  }
  last_last_ = last;
  if (verdict.finding == CutFinding::kMissed) missed_.push_back(verdict.missed);
}

std::chrono::steady_clock::duration CutEffort::Time() const { return Clock::now() - began_; }

CutFigures CutEffort::Figures(std::uint64_t tail_messages) const {
  return {.answers = static_cast<std::uint64_t>(answers_) + 1,
          .tail_messages = tail_messages,
          .seconds = InSeconds(Clock::now() - made_)};
}

tl::unexpected<Error> CutEffort::NotReached(const std::string& stream, const std::string& why,
                                            const std::string& listing) const {
  std::string text = "no exact cut of stream " + stream + " after " + std::to_string(answers_) +
                     " answers in " + Seconds(InSeconds(Time())) + ": " + why;
  if (!missed_.empty()) {
    constexpr std::size_t kMost = 8;
    const auto [least, most] = std::minmax_element(missed_.begin(), missed_.end());
    text += "; messages that left before they could be read, in " + std::to_string(missed_.size()) +
            " answers: " + std::to_string(*least) + " to " + std::to_string(*most) +
            ", most recently ";
    const std::size_t from = missed_.size() - std::min(missed_.size(), kMost);
    for (std::size_t i = from; i < missed_.size(); ++i) {
      text += (i == from ? "" : ", ") + std::to_string(missed_[i]);
    }
  }
  const double seconds = InSeconds(Time());
  if (seconds > 0 && last_last_ > first_last_) {
    text += "; the stream received about " +
            std::to_string(static_cast<std::uint64_t>(
                static_cast<double>(last_last_ - first_last_) / seconds)) +
            " messages/s";
  }
  if (!listing.empty()) text += "; its messages could not be listed: " + listing;
  return Fail(Errc::kCutNotReached, std::move(text),
              listing.empty()
                  ? "The stream removes messages faster than they can be read. Back it up while it "
                    "is less busy, or from nearer to its leader."
                  : "Grant this user to create, read and delete consumers of the stream "
                    "(CONSUMER.CREATE, CONSUMER.MSG.NEXT, CONSUMER.DELETE), or back it up while it "
                    "is less busy.");
}

}  // namespace jetkeep
