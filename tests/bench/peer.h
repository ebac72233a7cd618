// What the programs that stand beside Jetkeep in a measurement share: a plain connection over the
// same client library, and the way they end.
#pragma once

#include <nats/nats.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace jetkeep::bench {

// Ends the process with an error that names `what`.
[[noreturn]] void Die(const std::string& what);
inline void Check(natsStatus status, const char* what) {
  if (status != NATS_OK) Die(std::string(what) + ": " + natsStatus_GetText(status));
}

natsConnection* Connect(const std::string& url);
// The body of the answer.
std::string Ask(natsConnection* connection, const std::string& subject, const std::string& body,
                int timeout_seconds = 30);
std::string NewInbox();
std::string ReadFile(const std::string& path);
void WriteFile(const std::string& path, std::string_view bytes);

// Takes a snapshot; with a folder it is kept there. How many bytes it has.
std::uint64_t TakeSnapshot(natsConnection* connection, const std::string& stream,
                           const std::string& folder);
// Restores the archive of the folder. How many messages the stream has then.
std::uint64_t SendArchive(natsConnection* connection, const std::string& stream,
                          const std::string& folder);

// The parts; each gets the arguments behind its name.
using Arguments = std::vector<std::string>;
int FillStream(const Arguments& arguments);      // URL STREAM KIND MESSAGES BYTES SUBJECTS
int NullSink(const Arguments& arguments);        // URL STREAM [FOLDER to keep the archive in]
int LimitSender(const Arguments& arguments);     // URL STREAM FOLDER
int AccountSink(const Arguments& arguments);     // URL AT_ONCE [FOLDER to keep the archives in]
int AccountSender(const Arguments& arguments);   // URL AT_ONCE FOLDER
int AskService(const Arguments& arguments);      // URL SUBJECT BODY SECONDS
int FillRepository(const Arguments& arguments);  // FOLDER BACKUPS

}  // namespace jetkeep::bench
