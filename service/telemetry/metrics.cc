#include "service/telemetry/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/text_serializer.h>

#include <array>
#include <cstddef>
#include <iterator>
#include <sstream>
#include <utility>
#include <variant>

#include "protocol/base/utf8.h"

namespace jetkeep {
namespace {

enum class Kind : std::uint8_t { kCounter, kGauge, kHistogram };

struct Row {
  Kind kind;
  const char* name;
  std::string_view labels;  // with commas between
  const char* help;
};

constexpr Row kRows[] = {
#define JETKEEP_METRIC(id, kind, name, labels, help) {Kind::k##kind, name, labels, help},
#include "service/telemetry/metrics.def"
#undef JETKEEP_METRIC
};
constexpr std::size_t kCount = std::size(kRows);

// Seconds: from what ends at once to what takes a night.
const prometheus::Histogram::BucketBoundaries& Buckets() {
  static const prometheus::Histogram::BucketBoundaries buckets{0.1, 0.5, 1,    5,     15,    60,
                                                               300, 900, 3600, 14400, 43200, 86400};
  return buckets;
}

using Counters = prometheus::Family<prometheus::Counter>;
using Gauges = prometheus::Family<prometheus::Gauge>;
using Histograms = prometheus::Family<prometheus::Histogram>;
using Family =
    std::variant<std::unique_ptr<Counters>, std::unique_ptr<Gauges>, std::unique_ptr<Histograms>>;

Family MakeFamily(const Row& row) {
  switch (row.kind) {
    case Kind::kCounter:
      return std::make_unique<Counters>(row.name, row.help, prometheus::Labels{});
    case Kind::kGauge:
      return std::make_unique<Gauges>(row.name, row.help, prometheus::Labels{});
    case Kind::kHistogram:
      break;
  }
  return std::make_unique<Histograms>(row.name, row.help, prometheus::Labels{});
}

prometheus::Labels Named(Metric metric, const Metrics::Labels& values) {
  prometheus::Labels labels;
  std::string_view names = kRows[static_cast<std::size_t>(metric)].labels;
  for (const std::string& value : values) {
    const std::size_t comma = names.find(',');
    labels.emplace(names.substr(0, comma), ToUtf8(value));
    names = comma == std::string_view::npos ? std::string_view() : names.substr(comma + 1);
  }
  return labels;
}

prometheus::Counter& At(Counters& family, const prometheus::Labels& labels) {
  return family.Add(labels);
}
prometheus::Gauge& At(Gauges& family, const prometheus::Labels& labels) {
  return family.Add(labels);
}
prometheus::Histogram& At(Histograms& family, const prometheus::Labels& labels) {
  return family.Add(labels, Buckets());
}

}  // namespace

struct Metrics::Families {
  std::array<Family, kCount> all;

  template <typename Wanted>
  Wanted& Of(Metric metric) {
    return *std::get<std::unique_ptr<Wanted>>(all[static_cast<std::size_t>(metric)]);
  }
};

Metrics::Metrics() : families_(std::make_unique<Families>()) {
  for (std::size_t i = 0; i < kCount; ++i) families_->all[i] = MakeFamily(kRows[i]);
}

Metrics::~Metrics() = default;

void Metrics::Touch(Metric metric, const Labels& labels) {
  std::visit([&](const auto& family) { At(*family, Named(metric, labels)); },
             families_->all[static_cast<std::size_t>(metric)]);
}

void Metrics::Add(Metric metric, const Labels& labels, double by) {
  At(families_->Of<Counters>(metric), Named(metric, labels)).Increment(by);
}

void Metrics::Set(Metric metric, const Labels& labels, double value) {
  At(families_->Of<Gauges>(metric), Named(metric, labels)).Set(value);
}

void Metrics::Observe(Metric metric, const Labels& labels, double value) {
  At(families_->Of<Histograms>(metric), Named(metric, labels)).Observe(value);
}

void Metrics::Remove(Metric metric, const Labels& labels) {
  std::visit([&](const auto& family) { family->Remove(&At(*family, Named(metric, labels))); },
             families_->all[static_cast<std::size_t>(metric)]);
}

std::string Metrics::Text() const {
  const prometheus::TextSerializer serializer;
  std::ostringstream text;
  // One after the other: what is collected takes more memory than its text.
  for (const Family& family : families_->all) {
    std::visit([&](const auto& some) { serializer.Serialize(text, some->Collect()); }, family);
  }
  return std::move(text).str();
}

}  // namespace jetkeep
