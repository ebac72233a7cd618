#include "protocol/codec/highway_stream.h"

#include <highwayhash/highwayhash.h>

namespace jetkeep {

struct Highway64Stream::State {
  explicit State(const highwayhash::HHKey& key) : hash(key) {}
  highwayhash::HighwayHashCatT<HH_TARGET> hash;
};

Highway64Stream::Highway64Stream(const HighwayKey& key) {
  const highwayhash::HHKey words HH_ALIGNAS(32) = {key.words[0], key.words[1], key.words[2],
                                                   key.words[3]};
  state_ = std::make_unique<State>(words);
}
Highway64Stream::~Highway64Stream() = default;
Highway64Stream::Highway64Stream(Highway64Stream&&) noexcept = default;
Highway64Stream& Highway64Stream::operator=(Highway64Stream&&) noexcept = default;

void Highway64Stream::Append(std::string_view bytes) {
  if (!bytes.empty()) state_->hash.Append(bytes.data(), bytes.size());
}

std::uint64_t Highway64Stream::Finish() {
  highwayhash::HHResult64 result = 0;
  state_->hash.Finalize(&result);
  return result;
}

}  // namespace jetkeep
