#include "service/nats/connect_failure.h"

#include <gmock/gmock.h>

#include "service/nats/status.h"

namespace jetkeep {
namespace {

using Outcome = Greeting::Outcome;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kPlain = R"(INFO {"version":"2.10.27"})";
constexpr const char* kTls = R"(INFO {"version":"2.10.27","tls_required":true})";
constexpr const char* kMutualTls =
    R"(INFO {"version":"2.10.27","tls_required":true,"tls_verify":true})";

Error Failure(natsStatus status, const std::string& text, const ConnectionOptions& options,
              Outcome outcome, const std::string& line_or_detail) {
  Greeting greeting;
  greeting.outcome = outcome;
  greeting.address = "h:4222";
  (outcome == Outcome::kGreeted ? greeting.line : greeting.detail) = line_or_detail;
  return ConnectFailure(status, text, options, {greeting});
}

TEST(ConnectFailure, ARefusedLoginNamesWhatToCheck) {
  const auto hint = [](ConnectionOptions options) {
    const Error error =
        ConnectFailure(NATS_CONNECTION_AUTH_FAILED, "Authorization Violation", options, {});
    EXPECT_EQ(error.code, Errc::kPermissionDenied);
    EXPECT_EQ(error.message, "the server refuses the login: Authorization Violation");
    return error.hint;
  };
  ConnectionOptions user;
  user.user = "bob";
  user.password = "sesame";
  EXPECT_THAT(hint(user), AllOf(HasSubstr("password"), Not(HasSubstr("sesame"))));
  ConnectionOptions token;
  token.token = "sesame";
  EXPECT_THAT(hint(token), AllOf(HasSubstr("token"), Not(HasSubstr("sesame"))));
  ConnectionOptions creds;
  creds.credentials_file = "/etc/j.creds";
  EXPECT_THAT(hint(creds), HasSubstr("/etc/j.creds"));
  ConnectionOptions nkey;
  nkey.nkey = "UABC";
  EXPECT_THAT(hint(nkey), HasSubstr("UABC"));
  ConnectionOptions jwt;
  jwt.jwt = "ey";
  EXPECT_THAT(hint(jwt), HasSubstr("JWT"));
  ConnectionOptions url;
  url.servers = {"nats://bob:sesame@h"};
  EXPECT_THAT(hint(url), AllOf(HasSubstr("URL"), Not(HasSubstr("sesame"))));
  EXPECT_THAT(hint({}), HasSubstr("Give a login"));
}

TEST(ConnectFailure, WhatKeepsTheServerAwayIsSaid) {
  const std::pair<Outcome, std::string> cases[] = {{Outcome::kNameNotFound, "name"},
                                                   {Outcome::kNotReached, "runs"},
                                                   {Outcome::kSilent, "handshake_first"},
                                                   {Outcome::kNotNats, "port"},
                                                   {Outcome::kRefused, "log"}};
  for (const auto& [outcome, hint] : cases) {
    const Error error = Failure(NATS_NO_SERVER, "No server available", {}, outcome, "the detail");
    EXPECT_EQ(error.code, Errc::kNotConnected);
    EXPECT_THAT(error.message, HasSubstr("h:4222: "));
    EXPECT_THAT(error.message, HasSubstr("the detail"));
    EXPECT_THAT(error.hint, HasSubstr(hint));
  }
}

TEST(ConnectFailure, TlsIsToldApart) {
  ConnectionOptions with_ca;
  with_ca.tls_ca_file = "/etc/ca.pem";
  EXPECT_THAT(Failure(NATS_SSL_ERROR, "unable", {}, Outcome::kGreeted, kTls).hint,
              HasSubstr("--tlsca"));
  EXPECT_THAT(Failure(NATS_SSL_ERROR, "unable", with_ca, Outcome::kGreeted, kTls).hint,
              HasSubstr("/etc/ca.pem"));
  EXPECT_THAT(
      Failure(NATS_SECURE_CONNECTION_WANTED, "", with_ca, Outcome::kGreeted, kPlain).message,
      HasSubstr("does not offer TLS"));
  const Error none = Failure(NATS_PROTOCOL_ERROR, "", with_ca, Outcome::kGreeted, kMutualTls);
  EXPECT_THAT(none.message, HasSubstr("requires a client certificate"));
  ConnectionOptions with_certificate = with_ca;
  with_certificate.tls_certificate_file = "/etc/c.pem";
  EXPECT_THAT(
      Failure(NATS_PROTOCOL_ERROR, "", with_certificate, Outcome::kGreeted, kMutualTls).hint,
      HasSubstr("/etc/c.pem"));
}

TEST(ConnectFailure, OfSeveralServersTheOneThatAnsweredIsNamed) {
  Greeting away;
  away.address = "a:1";
  away.detail = "Connection refused";
  Greeting there;
  there.outcome = Outcome::kGreeted;
  there.address = "b:2";
  there.line = kTls;
  const Error error = ConnectFailure(NATS_SSL_ERROR, "unable", {}, {away, there});
  EXPECT_THAT(error.message, AllOf(HasSubstr("b:2"), Not(HasSubstr("a:1"))));
  Greeting unknown = away;
  unknown.outcome = Outcome::kNameNotFound;
  unknown.address = "c:3";
  const Error both = ConnectFailure(NATS_NO_SERVER, "", {}, {away, unknown});
  EXPECT_THAT(both.message, AllOf(HasSubstr("a:1: Connection refused"), HasSubstr("c:3")));
}

TEST(LibraryText, HasNoPlacesInItsSources) {
  EXPECT_EQ(LibraryText("(conn.c:2088): No server"), "No server");
  EXPECT_EQ(LibraryText("Error loading '/x': (null)"), "Error loading '/x'");
  EXPECT_EQ(LibraryText(nullptr), "");
}

}  // namespace
}  // namespace jetkeep
