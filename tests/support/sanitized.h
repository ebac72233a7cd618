// Whether this build is one for a sanitizer, where all is many times slower: loops over every bit
// or many millions of records go in larger steps there. Builds without one do them in full.
#pragma once

#include <cstddef>

namespace jetkeep {

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif
#else
inline constexpr bool kSanitized = false;
#endif

}  // namespace jetkeep
