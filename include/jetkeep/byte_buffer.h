// ByteBuffer: a growable run of bytes that does not zero what it grows by.
// Ownership: owns its bytes; views end at the next change. Thread-safety: one thread at a time.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>
#include <utility>

namespace jetkeep {

class ByteBuffer {
 public:
  ByteBuffer() = default;
  explicit ByteBuffer(std::size_t capacity) { Reserve(capacity); }
  ByteBuffer(ByteBuffer&& other) noexcept
      : bytes_(std::move(other.bytes_)),
        size_(std::exchange(other.size_, 0)),
        capacity_(std::exchange(other.capacity_, 0)) {}
  ByteBuffer& operator=(ByteBuffer&& other) noexcept {
    bytes_ = std::move(other.bytes_);
    size_ = std::exchange(other.size_, 0);
    capacity_ = std::exchange(other.capacity_, 0);
    return *this;
  }

  char* data() { return bytes_.get(); }
  const char* data() const { return bytes_.get(); }
  std::size_t size() const { return size_; }
  std::size_t capacity() const { return capacity_; }
  bool empty() const { return size_ == 0; }
  std::string_view view() const { return {bytes_.get(), size_}; }

  // Keeps the memory.
  void Clear() { size_ = 0; }
  // Frees the memory.
  void Release() { *this = ByteBuffer(); }

  // At least `capacity` bytes in all; exactly that many when it has to allocate.
  void Reserve(std::size_t capacity) {
    if (capacity > capacity_) Reallocate(capacity);
  }
  // New bytes hold whatever the memory held.
  void Resize(std::size_t size) {
    if (size > capacity_) Reallocate(std::max(size, capacity_ + capacity_ / 2));
    size_ = size;
  }
  // Grows by `count` bytes of any content and returns where they begin.
  char* Extend(std::size_t count) {
    const std::size_t old_size = size_;
    Resize(size_ + count);
    return bytes_.get() + old_size;
  }
  // `bytes` must not lie inside this buffer.
  void Append(std::string_view bytes) {
    if (bytes.empty()) return;
    std::memcpy(Extend(bytes.size()), bytes.data(), bytes.size());
  }
  // Removes the first `count` bytes (at most size()) and moves the rest to the front.
  void RemovePrefix(std::size_t count) {
    if (count < size_) std::memmove(bytes_.get(), bytes_.get() + count, size_ - count);
    size_ -= count;
  }

 private:
  void Reallocate(std::size_t capacity) {
    std::unique_ptr<char[]> bigger(new char[capacity]);
    if (size_ != 0) std::memcpy(bigger.get(), bytes_.get(), size_);
    bytes_ = std::move(bigger);
    capacity_ = capacity;
  }

  std::unique_ptr<char[]> bytes_;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

}  // namespace jetkeep
