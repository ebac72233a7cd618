// Metrics: what Jetkeep counts and measures, in Prometheus' text form. The only door to
// prometheus-cpp.
//
// The table of metrics is metrics.def. Whoever sets a value bounds the number of its label sets.
// Thread-safety: all members may be called from any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace jetkeep {

enum class Metric : std::uint8_t {
#define JETKEEP_METRIC(id, kind, name, labels, help) k##id,
#include "service/telemetry/metrics.def"
#undef JETKEEP_METRIC
};

class Metrics {
 public:
  // The values of a metric's labels, in the order of the table. What is not UTF-8 in them is
  // replaced: one such byte would cost Prometheus the whole scrape.
  using Labels = std::vector<std::string>;

  Metrics();
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  // The label set is there from now on, with 0 unless it has a value.
  void Touch(Metric metric, const Labels& labels = {});
  // REQUIRES: a counter, and `by` is not negative.
  void Add(Metric metric, const Labels& labels, double by = 1);
  // REQUIRES: a gauge.
  void Set(Metric metric, const Labels& labels, double value);
  // REQUIRES: a histogram.
  void Observe(Metric metric, const Labels& labels, double value);
  // REQUIRES: no other thread uses the label set meanwhile.
  void Remove(Metric metric, const Labels& labels);

  // All that have a value.
  std::string Text() const;

 private:
  struct Families;
  const std::unique_ptr<Families> families_;
};

}  // namespace jetkeep
