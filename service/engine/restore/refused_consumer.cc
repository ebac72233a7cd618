#include "service/engine/restore/refused_consumer.h"

namespace jetkeep {

std::string RefusedConsumer(const Error& error, const std::vector<ConsumerBackup>& sent) {
  constexpr std::uint32_t kRestoreFailed = 10062;
  const bool of_its_own = error.server_code != 0 && error.server_code != kRestoreFailed;
  if (error.code != Errc::kServerError || !of_its_own) return {};
  for (const ConsumerBackup& consumer : sent) {
    // The number is that of the reason; only the text names the consumer, in one way for archives
    // of format 1 and in another for those of format 2.
    for (const std::string& named :
         {"consumer [\"" + consumer.name + "\"]", "consumer \"" + consumer.name + "\""}) {
      if (error.message.find(named) != std::string::npos) return consumer.name;
    }
  }
  return {};
}

Error ConsumerRefusedError(Error error, const std::string& consumer) {
  error.code = Errc::kConsumerRefused;
  error.message = "the server refuses consumer " + consumer + ": " + error.message;
  error.hint =
      "Jetkeep removed what it had sent. Restore with --skip-refused-consumers (field "
      "skip_refused_consumers) without the consumer.";
  return error;
}

}  // namespace jetkeep
