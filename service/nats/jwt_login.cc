#include "service/nats/jwt_login.h"

#include <cstdlib>
#include <cstring>
#include <memory>
#include <vector>

#include "jetkeep/mutex.h"

namespace jetkeep {
namespace {

struct JwtLogin {
  std::string jwt;
  std::string seed;
};

// Never freed: no library call says when the last callback has run. There is one for each login.
JwtLogin* Keep(JwtLogin login) {
  struct Logins {
    Mutex mutex;
    std::vector<std::unique_ptr<JwtLogin>> all JETKEEP_GUARDED_BY(mutex);
  };
  static auto* logins = new Logins();
  const MutexLock lock(logins->mutex);
  // A connection asks again before each attempt.
  for (const auto& kept : logins->all) {
    if (kept->jwt == login.jwt && kept->seed == login.seed) return kept.get();
  }
  return logins->all.emplace_back(std::make_unique<JwtLogin>(std::move(login))).get();
}

// The library frees what these return by free().
natsStatus GiveJwt(char** jwt, char**, void* closure) noexcept {
  *jwt = ::strdup(static_cast<const JwtLogin*>(closure)->jwt.c_str());
  return *jwt == nullptr ? NATS_NO_MEMORY : NATS_OK;
}

natsStatus Sign(char**, unsigned char** signature, int* length, const char* nonce,
                void* closure) noexcept {
  const auto& login = *static_cast<const JwtLogin*>(closure);
  if (!login.seed.empty()) return nats_Sign(login.seed.c_str(), nonce, signature, length);
  *length = 0;
  *signature = static_cast<unsigned char*>(std::calloc(1, 1));
  return *signature == nullptr ? NATS_NO_MEMORY : NATS_OK;
}

}  // namespace

natsStatus SetJwtLogin(natsOptions* options, const std::string& jwt, const std::string& seed) {
  JwtLogin* login = Keep({jwt, seed});
  return natsOptions_SetUserCredentialsCallbacks(options, GiveJwt, login, Sign, login);
}

}  // namespace jetkeep
