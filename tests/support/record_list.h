// RecordList: a source of records in memory, each of the same subject and payload.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "jetkeep/record_stream.h"

namespace jetkeep {

class RecordList : public RecordSource {
 public:
  explicit RecordList(std::vector<std::uint64_t> sequences) : sequences_(std::move(sequences)) {}

  void FailAtEnd(Error error) { error_ = std::move(error); }

  Result<const RecordView*> Next() override {
    if (at_ == sequences_.size()) {
      if (error_) return Fail(*error_);
      return nullptr;
    }
    record_ = RecordView{sequences_[at_++], 1'700'000'000'000'000'000, "orders.new", {}, "payload"};
    return &record_;
  }

 private:
  const std::vector<std::uint64_t> sequences_;
  std::size_t at_ = 0;
  std::optional<Error> error_;
  RecordView record_;
};

}  // namespace jetkeep
