// ByteBudget: a bound on the memory that several holders take together.
// Thread-safety: all members may be called from any thread; a share by one thread at a time. Shares
// may outlive their budget.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <utility>

namespace jetkeep {

class ByteBudget {
  struct Used {
    std::atomic<std::size_t> bytes{0};
  };

 public:
  explicit ByteBudget(std::size_t limit) : limit_(limit), used_(std::make_shared<Used>()) {}

  // A part of the budget, given back when it is destroyed. Empty: nothing is held.
  class Share {
   public:
    Share() = default;
    Share(Share&& other) noexcept
        : used_(std::move(other.used_)), bytes_(std::exchange(other.bytes_, 0)) {}
    Share& operator=(Share&& other) noexcept {
      if (this != &other) {
        ReduceTo(0);
        used_ = std::move(other.used_);
        bytes_ = std::exchange(other.bytes_, 0);
      }
      return *this;
    }
    Share(const Share&) = delete;
    Share& operator=(const Share&) = delete;
    ~Share() { ReduceTo(0); }

    explicit operator bool() const { return used_ != nullptr; }
    // Gives back what is held beyond `bytes`.
    void ReduceTo(std::size_t bytes) {
      if (used_ == nullptr || bytes_ <= bytes) return;
      used_->bytes.fetch_sub(bytes_ - bytes);
      bytes_ = bytes;
    }

   private:
    friend class ByteBudget;
    Share(std::shared_ptr<Used> used, std::size_t bytes) : used_(std::move(used)), bytes_(bytes) {}
    std::shared_ptr<Used> used_;
    std::size_t bytes_ = 0;
  };

  // An empty share if so much is not left.
  Share Take(std::size_t bytes) {
    if (used_->bytes.fetch_add(bytes) + bytes > limit_) {
      used_->bytes.fetch_sub(bytes);
      return {};
    }
    return {used_, bytes};
  }
  std::size_t used() const { return used_->bytes.load(); }

 private:
  const std::size_t limit_;
  std::shared_ptr<Used> used_;
};

}  // namespace jetkeep
