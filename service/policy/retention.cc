#include "service/policy/retention.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <set>
#include <string_view>
#include <utility>

namespace jetkeep {
namespace {

using std::chrono::days;
using std::chrono::floor;
using std::chrono::hours;
using std::chrono::nanoseconds;
using std::chrono::sys_days;
using std::chrono::sys_time;
using Instant = sys_time<nanoseconds>;

constexpr std::int64_t kSecondNs = 1'000'000'000;

template <typename... Numbers>
std::string Format(const char* format, Numbers... numbers) {
  std::array<char, 64> text{};
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-vararg): std::format comes with gcc 13
  std::snprintf(text.data(), text.size(), format, numbers...);
  return text.data();
}

std::string Date(sys_days day) {
  const std::chrono::year_month_day date(day);
  return Format("%04d-%02u-%02u", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
}

std::string Hour(Instant time) {
  const sys_days day = floor<days>(time);
  return Date(day) + Format("T%02d", static_cast<int>(floor<hours>(time - day).count()));
}

std::string Day(Instant time) { return Date(floor<days>(time)); }

std::string Week(Instant time) {
  const sys_days day = floor<days>(time);
  const std::chrono::weekday weekday(day);
  return Date(day - (weekday - std::chrono::Monday));
}

std::string Month(Instant time) { return Day(time).substr(0, 7); }

std::string Year(Instant time) { return Day(time).substr(0, 4); }

struct PeriodRule {
  std::string_view name;
  std::uint64_t Retention::*count;
  std::string (*period)(Instant time);
};
constexpr std::array<PeriodRule, 5> kPeriodRules{{{"hourly", &Retention::hourly, Hour},
                                                  {"daily", &Retention::daily, Day},
                                                  {"weekly", &Retention::weekly, Week},
                                                  {"monthly", &Retention::monthly, Month},
                                                  {"yearly", &Retention::yearly, Year}}};

class Judgement {
 public:
  Judgement(std::span<const Candidate> candidates, const Retention& keep)
      : candidates_(candidates), keep_(keep), verdicts_(candidates.size()) {}

  std::vector<Verdict> Run() {
    Hold();
    // Those that may be false get rules of their own, in which the good ones take part: so they
    // push out no good one, and go when enough good ones have come.
    Apply(Those(Worth::kGood), "newest good one");
    Apply(Those(Worth::kUnproved), "newest");
    KeepNewerDamage();
    Explain();
    return std::move(verdicts_);
  }

 private:
  using Places = std::vector<std::size_t>;

  Places Those(Worth least) const {
    Places places;
    for (std::size_t i = 0; i < candidates_.size(); ++i) {
      if (candidates_[i].worth <= least) places.push_back(i);
    }
    return places;
  }

  void Keep(std::size_t place, std::string reason) {
    Verdict& verdict = verdicts_[place];
    verdict.stays = true;
    const bool known =
        std::find(verdict.reasons.begin(), verdict.reasons.end(), reason) != verdict.reasons.end();
    if (!known) verdict.reasons.push_back(std::move(reason));
  }

  void Hold() {
    for (std::size_t i = 0; i < candidates_.size(); ++i) {
      if (!candidates_[i].held.empty()) Keep(i, candidates_[i].held);
      if (candidates_[i].worth == Worth::kUnknown) Keep(i, "not readable");
    }
  }

  void Apply(const Places& places, const char* newest) {
    if (places.empty()) return;
    if (!verdicts_[places.front()].stays) Keep(places.front(), newest);
    for (std::size_t i = 0; i < std::min<std::uint64_t>(keep_.last, places.size()); ++i) {
      Keep(places[i], "last " + std::to_string(keep_.last));
    }
    for (const PeriodRule& rule : kPeriodRules) ApplyPeriods(places, rule);
    ApplyWithin(places);
  }

  void ApplyPeriods(const Places& places, const PeriodRule& rule) {
    const std::uint64_t count = keep_.*rule.count;
    std::set<std::string> seen;
    for (const std::size_t place : places) {
      if (seen.size() >= count) return;
      std::string period = rule.period(Instant(nanoseconds(candidates_[place].time_ns)));
      if (!seen.insert(period).second) continue;
      Keep(place, std::string(rule.name).append(" ").append(period));
    }
  }

  void ApplyWithin(const Places& places) {
    if (keep_.within_seconds == 0) return;
    const std::int64_t newest = candidates_[places.front()].time_ns;
    // A span that reaches before all times keeps all.
    const std::uint64_t most = static_cast<std::uint64_t>(INT64_MAX / kSecondNs) / 2;
    const auto span = static_cast<std::int64_t>(std::min(keep_.within_seconds, most)) * kSecondNs;
    const std::int64_t since = newest < INT64_MIN + span ? INT64_MIN : newest - span;
    for (const std::size_t place : places) {
      if (candidates_[place].time_ns >= since) Keep(place, "within the span");
    }
  }

  // Nothing better holds what came after the newest good one.
  void KeepNewerDamage() {
    for (std::size_t i = 0; i < candidates_.size(); ++i) {
      if (candidates_[i].worth < Worth::kBad) return;
      if (candidates_[i].worth == Worth::kBad) Keep(i, "damaged, and newer than any good one");
    }
  }

  void Explain() {
    for (std::size_t i = 0; i < candidates_.size(); ++i) {
      if (!verdicts_[i].reasons.empty()) continue;
      verdicts_[i].reasons.emplace_back(candidates_[i].worth == Worth::kBad
                                            ? "damaged, and a newer good one is there"
                                            : "no rule keeps it");
    }
  }

  const std::span<const Candidate> candidates_;
  const Retention keep_;
  std::vector<Verdict> verdicts_;
};

}  // namespace

std::vector<Verdict> Judge(std::span<const Candidate> newest_first, const Retention& keep) {
  return Judgement(newest_first, keep).Run();
}

}  // namespace jetkeep
