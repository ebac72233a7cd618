// One HTTP request and its status, for pushing metrics. Plain HTTP/1.1.
// Thread-safety: any thread; waits at most as long as the timeout, DNS included.
#pragma once

#include <chrono>
#include <string_view>

#include "jetkeep/error.h"
#include "protocol/base/http_url.h"

namespace jetkeep {

// Sends the body. The status of the answer; kNotConnected, kTimeout, kUnexpectedAnswer.
Result<int> HttpPost(const HttpUrl& url, std::string_view type, std::string_view body,
                     std::chrono::milliseconds timeout);

}  // namespace jetkeep
