#include "protocol/repository/repository_header.h"

#include <algorithm>

#include "protocol/base/time.h"
#include "protocol/repository/json_fields.h"
#include "protocol/repository/sealed_json.h"

namespace jetkeep {
namespace {

constexpr std::string_view kFormat = "jetkeep-repository";

std::string Line(std::string_view key, const Json& value) {
  return "  \"" + std::string(key) + "\": " + value.dump() + ",\n";
}

Result<Json> Unseal(std::string_view document) {
  if (document.size() > kMaxHeaderBytes)
    return Fail(Errc::kRepositoryCorrupt, "the document is too long");
  JETKEEP_TRY(CheckSeal(document));
  return ParseJson(document);
}

}  // namespace

std::string EncodeRepositoryHeader(const RepositoryHeader& header) {
  return SealJson(Line("format", kFormat) + Line("version", kRepositoryVersion) +
                  Line("id", header.id) + Line("created", FormatTime(header.created_ns)) +
                  Line("encryption", nullptr));
}

Result<RepositoryHeader> ParseRepositoryHeader(std::string_view document) {
  JETKEEP_ASSIGN(const Json json, Unseal(document));
  StoredFields fields(json);
  RepositoryHeader header;
  std::string format;
  std::string created;
  std::uint64_t version = 0;
  fields.Get("format", format);
  fields.Get("version", version);
  fields.Get("id", header.id);
  fields.Get("created", created);
  JETKEEP_TRY(fields.Done("repository.json"));
  if (format != kFormat)
    return Fail(Errc::kRepositoryCorrupt,
                "repository.json does not describe a repository of jetkeep");
  if (version < 1 || version > kRepositoryVersion) {
    return Fail(Errc::kRepositoryUnsupported,
                "the repository has version " + std::to_string(version), "Use a newer jetkeep.");
  }
  const auto encryption = json.find("encryption");
  if (encryption == json.end() || !encryption->is_null()) {
    return Fail(Errc::kRepositoryUnsupported, "the repository is encrypted",
                "Use a newer jetkeep.");
  }
  auto created_ns = ParseTime(created);
  if (!created_ns)
    return Fail(Errc::kRepositoryCorrupt, "repository.json: " + created_ns.error().message);
  header.created_ns = *created_ns;
  return header;
}

std::string EncodeVerification(std::string_view backup_id, const Verification& verification) {
  return SealJson(Line("backup", std::string(backup_id)) + Line("time_ns", verification.time_ns) +
                  Line("ok", verification.ok) + Line("drill", verification.drill) +
                  Line("seen_ns", verification.seen_ns));
}

Result<Verification> ParseVerification(std::string_view backup_id, std::string_view document) {
  JETKEEP_ASSIGN(const Json json, Unseal(document));
  StoredFields fields(json);
  Verification verification;
  std::string backup;
  fields.Get("backup", backup);
  fields.Get("time_ns", verification.time_ns);
  fields.Get("ok", verification.ok);
  fields.Get("drill", verification.drill);
  if (json.contains("seen_ns")) {
    fields.Get("seen_ns", verification.seen_ns);
  } else {
    // Before this member, the latest time counted.
    verification.seen_ns = std::max<std::int64_t>(verification.time_ns, 1) - 1;
  }
  JETKEEP_TRY(fields.Done("the verification result"));
  if (backup != backup_id) {
    return Fail(Errc::kRepositoryCorrupt, "the verification result is that of another backup");
  }
  if (verification.seen_ns >= verification.time_ns) {
    return Fail(Errc::kRepositoryCorrupt,
                "the verification result is not newer than one that it names");
  }
  return verification;
}

}  // namespace jetkeep
