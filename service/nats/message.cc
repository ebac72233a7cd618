#include "service/nats/message.h"

#include <nats/nats.h>

#include "service/nats/connection_core.h"

namespace jetkeep {

void Message::Deleter::operator()(__natsMsg* message) const { natsMsg_Destroy(message); }

Message::Message(__natsMsg* message, std::shared_ptr<ConnectionCore> core)
    : message_(message), core_(std::move(core)) {}

std::string_view Message::subject() const {
  return message_ ? std::string_view(natsMsg_GetSubject(message_.get())) : std::string_view();
}

std::string_view Message::reply() const {
  const char* reply = message_ ? natsMsg_GetReply(message_.get()) : nullptr;
  return reply != nullptr ? std::string_view(reply) : std::string_view();
}

std::string_view Message::data() const {
  if (!message_) return {};
  const char* data = natsMsg_GetData(message_.get());
  if (data == nullptr) return {};
  return {data, static_cast<std::size_t>(natsMsg_GetDataLength(message_.get()))};
}

std::optional<std::string_view> Message::header(const std::string& key) const {
  const char* value = nullptr;
  if (!message_ || natsMsgHeader_Get(message_.get(), key.c_str(), &value) != NATS_OK ||
      value == nullptr) {
    return std::nullopt;
  }
  return value;
}

Status Message::Respond(std::string_view body, const Headers& headers) const {
  if (reply().empty()) return {};
  return core_->PublishOrKeep(std::string(reply()), body, headers);
}

Status ReplyTarget::Respond(std::string_view body, const Headers& headers) const {
  if (empty()) return {};
  return core_->PublishOrKeep(subject_, body, headers);
}

Chunk Message::IntoChunk() && {
  const std::string_view bytes = data();
  return {bytes, Chunk::Owner(message_.release(), [](void* message) {
            natsMsg_Destroy(static_cast<natsMsg*>(message));
          })};
}

}  // namespace jetkeep
