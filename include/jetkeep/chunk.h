// Chunk: bytes together with whatever keeps them alive, so that a received message travels to the
// decoder without a copy. Move-only; may be handed from thread to thread.
#pragma once

#include <functional>
#include <memory>
#include <string_view>
#include <utility>

namespace jetkeep {

class Chunk {
 public:
  using Owner = std::unique_ptr<void, void (*)(void*)>;
  Chunk() : owner_(nullptr, [](void*) {}) {}
  Chunk(std::string_view bytes, Owner owner) : bytes_(bytes), owner_(std::move(owner)) {}
  std::string_view bytes() const { return bytes_; }

 private:
  std::string_view bytes_;
  Owner owner_;
};

}  // namespace jetkeep
