#include "protocol/control/requests.h"

#include <gtest/gtest.h>

#include "protocol/control/answers.h"
#include "protocol/control/subjects.h"

namespace jetkeep {
namespace {

template <typename T>
std::string Refusal(const Result<T>& result, Errc code) {
  if (result) return "accepted";
  EXPECT_EQ(result.error().code, code) << result.error().message;
  return result.error().message + "|" + result.error().hint;
}

TEST(Requests, ReadAllFieldsOfABackupRequest) {
  const auto request = ParseBackupRequest(
      {{"stream", "ORDERS"}, {"job", "a-1"}, {"wait", true}, {"accept_damaged", true}});
  ASSERT_TRUE(request);
  EXPECT_EQ(request->stream, "ORDERS");
  EXPECT_EQ(request->options.job, "a-1");
  EXPECT_TRUE(request->options.wait);
  EXPECT_TRUE(request->accept_damaged);
}

TEST(Requests, NameTheUnknownFieldAndTheKnownOnes) {
  const std::string text =
      Refusal(ParseBackupRequest({{"stream", "A"}, {"streem", "A"}}), Errc::kUnknownField);
  EXPECT_EQ(text,
            "unknown field \"streem\"|Known fields: stream, streams, exclude, order, metadata, "
            "parallel, job, wait, accept_damaged, config_only, account.");
}

TEST(Requests, NameTheFieldOfAWrongTypeWithWhatIsExpectedAndGiven) {
  EXPECT_EQ(Refusal(ParseBackupRequest({{"stream", 7}}), Errc::kWrongType),
            "the field \"stream\" must be text, not a whole number|");
  EXPECT_EQ(Refusal(ParseBackupRequest({{"stream", "A"}, {"wait", "yes"}}), Errc::kWrongType),
            "the field \"wait\" must be true or false, not text|");
  EXPECT_EQ(Refusal(ParseListRequest({{"limit", -1}}), Errc::kWrongType),
            "the field \"limit\" must be a whole number from 0, not a negative number|");
  Refusal(ParseListRequest({{"offset", 1.5}}), Errc::kWrongType);
  Refusal(ParseCancelRequest({{"job", nullptr}}), Errc::kWrongType);
}

TEST(Requests, RefuseNamesThatAreNone) {
  for (const char* stream : {"", "a b", "a.b", "a*", ">", "../x", "a\\b", "a\nb"}) {
    EXPECT_NE(Refusal(ParseBackupRequest({{"stream", stream}}), Errc::kInvalidName), "accepted");
  }
  for (const char* backup : {"", "../../etc/passwd", "a/b", ".", "..", "a b", "-x", "a*"}) {
    EXPECT_NE(Refusal(ParseShowRequest({{"backup", backup}}), Errc::kInvalidName), "accepted");
    EXPECT_NE(Refusal(ParseDeleteRequest({{"backup", backup}}), Errc::kInvalidName), "accepted");
  }
  Refusal(ParseCancelRequest({{"job", "a.b"}}), Errc::kInvalidName);
}

TEST(Requests, RefuseFieldsThatAreMissingOrExcludeEachOther) {
  Refusal(ParseBackupRequest(Document::object()), Errc::kInvalidRequest);
  Refusal(ParseRestoreRequest(Document::object()), Errc::kInvalidRequest);
  Refusal(ParseRestoreRequest({{"backup", "x"}, {"stream", "y"}}), Errc::kInvalidRequest);
  Refusal(ParseVerifyRequest({{"backup", "x"}, {"stream", "y"}}), Errc::kInvalidRequest);
  Refusal(ParseCancelRequest(Document::object()), Errc::kInvalidRequest);
  Refusal(ParseListRequest({{"limit", 0}}), Errc::kInvalidRequest);
  Refusal(ParseListRequest({{"limit", 1001}}), Errc::kInvalidRequest);
  EXPECT_TRUE(ParseVerifyRequest(Document::object()));
  EXPECT_TRUE(ParseStatusRequest(Document::object()));
}

TEST(Requests, NameOneMessageInOneWay) {
  const auto get = [](Document body) {
    body["backup"] = "b1";
    return ParseGetRequest(body);
  };
  EXPECT_EQ(get({{"sequence", 7}})->sequence, 7U);
  EXPECT_EQ(get({{"subject", "orders.*.new.>"}})->subject, "orders.*.new.>");
  EXPECT_EQ(get({{"key", "theme.dark"}})->key, "theme.dark");
  Refusal(get({{"sequence", 0}}), Errc::kInvalidRequest);
  Refusal(get(Document::object()), Errc::kInvalidRequest);
  Refusal(get({{"sequence", 7}, {"subject", "a"}}), Errc::kInvalidRequest);
  Refusal(ParseGetRequest({{"sequence", 7}}), Errc::kInvalidRequest);
  for (const char* subject : {"a b", ".a", "a.", "a..b", ">.a", "a.>.b"}) {
    Refusal(get({{"subject", subject}}), Errc::kInvalidName);
  }
  EXPECT_TRUE(get({{"subject", "a>.b"}})) << "no wildcard, but a token of two letters";
  Refusal(get({{"key", "a.*"}}), Errc::kInvalidName);
}

TEST(Requests, SelectMessages) {
  const auto parsed = ParseMessagesRequest({{"backup", "b1"},
                                            {"subjects", {"a.>", "b"}},
                                            {"exclude", {"a.x"}},
                                            {"first_sequence", 3},
                                            {"last_sequence", 9},
                                            {"since", "2026-11-27T03:14:00Z"},
                                            {"until", "2026-11-27T04:14:01.5+01:00"},
                                            {"last_of_each_subject", true},
                                            {"limit", 5}});
  ASSERT_TRUE(parsed) << parsed.error().message;
  EXPECT_EQ(parsed->selection.until_ns - parsed->selection.since_ns, 1'500'000'000);
  EXPECT_EQ(ParseMessagesRequest(ToDocument(*parsed))->selection, parsed->selection);
  EXPECT_EQ(ParseMessagesRequest(ToDocument(*parsed))->limit, 5U);
  const auto refused = [](Document body, Errc code) {
    body["backup"] = "b1";
    Refusal(ParseMessagesRequest(body), code);
  };
  refused({{"first_sequence", 5}, {"last_sequence", 4}}, Errc::kInvalidRequest);
  refused({{"since", "2026-11-27T03:14:00Z"}, {"until", "2026-11-27T03:14:00Z"}},
          Errc::kInvalidRequest);
  refused({{"since", "yesterday"}}, Errc::kInvalidRequest);
  refused({{"until", ""}}, Errc::kInvalidRequest);
  refused({{"subjects", {"a", ""}}}, Errc::kInvalidName);
  refused({{"exclude", {"a b"}}}, Errc::kInvalidName);
  refused({{"limit", 0}}, Errc::kInvalidRequest);
  refused({{"sequence", 1}}, Errc::kUnknownField);
}

TEST(Requests, RestoreAPart) {
  RestoreRequest request;
  request.stream = "ORDERS";
  request.part.messages = {{"a.>"}, {}, 3, 0, 0, 0, true};
  request.part.consumers.emplace();
  const auto again = ParseRestoreRequest(ToDocument(request));
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->part, request.part);
  EXPECT_TRUE(ParseRestoreRequest({{"stream", "ORDERS"}})->part.all());
  Refusal(ParseRestoreRequest({{"stream", "A"}, {"messages", 1}}), Errc::kWrongType);
  Refusal(ParseRestoreRequest({{"stream", "A"}, {"messages", {{"subject", "a"}}}}),
          Errc::kUnknownField);
  Refusal(ParseRestoreRequest({{"set", "latest"}, {"messages", {{"subjects", {"a"}}}}}),
          Errc::kInvalidRequest);
  Refusal(ParseRestoreRequest({{"set", "latest"}, {"consumers", {"a"}}}), Errc::kInvalidRequest);
}

TEST(Requests, AllNameAnAccountAndTheirParsersPassOverIt) {
  EXPECT_EQ(ParseAccount({{"account", "orders"}}).value(), "orders");
  EXPECT_EQ(ParseAccount({{"stream", "A"}}).value(), "");
  EXPECT_EQ(ParseAccount({{"account", 7}}).error().code, Errc::kWrongType);
  EXPECT_EQ(ParseAccount({{"account", ""}}).error().code, Errc::kInvalidName);
  EXPECT_TRUE(ParseBackupRequest({{"stream", "A"}, {"account", "orders"}}));
  EXPECT_TRUE(ParseRestoreRequest({{"stream", "A"}, {"account", "orders"}}));
  EXPECT_TRUE(ParseVerifyRequest({{"account", "orders"}}));
  EXPECT_TRUE(ParseListRequest({{"account", "orders"}}));
  EXPECT_TRUE(ParseShowRequest({{"backup", "b"}, {"account", "orders"}}));
  EXPECT_TRUE(ParseDeleteRequest({{"backup", "b"}, {"account", "orders"}}));
  EXPECT_TRUE(ParseStatusRequest({{"account", "orders"}}));
  EXPECT_TRUE(ParseCancelRequest({{"job", "j"}, {"account", "orders"}}));
}

TEST(Requests, ADryRunIsNoJob) {
  EXPECT_TRUE(ParseRestoreRequest({{"stream", "A"}, {"dry_run", true}})->dry_run);
  EXPECT_TRUE(ParseRestoreRequest({{"stream", "A"}, {"dry_run", false}, {"wait", true}}));
  for (const Document& more : {Document{{"job", "j"}}, Document{{"wait", true}}}) {
    Document body = {{"stream", "A"}, {"dry_run", true}};
    body.update(more);
    EXPECT_NE(Refusal(ParseRestoreRequest(body), Errc::kInvalidRequest).find("dry_run"),
              std::string::npos);
  }
}

TEST(Requests, OnlyADeletionKnowsLast) {
  EXPECT_FALSE(ParseDeleteRequest({{"backup", "b1"}})->last);
  EXPECT_TRUE(ParseDeleteRequest({{"backup", "b1"}, {"last", true}})->last);
  Refusal(ParseDeleteRequest({{"backup", "b1"}, {"last", 1}}), Errc::kWrongType);
  Refusal(ParseDeleteRequest({{"last", true}}), Errc::kInvalidRequest);
  Refusal(ParseShowRequest({{"backup", "b1"}, {"last", true}}), Errc::kUnknownField);
}

TEST(Errors, ComeBackFromTheirDocument) {
  const Error error{Errc::kStreamNotFound, "stream X was not found", "Look."};
  const Error read = ErrorFromDocument(ToDocument(error));
  EXPECT_EQ(read.code, error.code);
  EXPECT_EQ(read.message, error.message);
  EXPECT_EQ(read.hint, error.hint);
}

TEST(Errors, CannotBreakTheHeaderBlock) {
  const Headers headers = ErrorHeaders({Errc::kJobNotFound, "a\r\nEvil: yes\xff", {}});
  EXPECT_EQ(headers[0].second, "a??Evil: yes?");
  EXPECT_EQ(headers[1].second, "404");
}

TEST(SubjectsOfJetkeep, CarryThePrefix) {
  EXPECT_EQ(Subjects().Request(EndpointId::kBackup), "backup.request");
  EXPECT_EQ(Subjects("ops.a").Request(EndpointId::kDelete), "ops.a.backup.delete");
  EXPECT_EQ(Subjects("ops").Event(JobKind::kRestore, EventKind::kFailed, "S", "j"),
            "ops.restore.failed.S.j");
  EXPECT_EQ(Subjects().EventsOf(JobKind::kVerify, "_all", "j"), "verify.*._all.j");
  for (const char* bad : {".a", "a.", "a..b", "a.*", ">", "a b", "$SYS"}) {
    EXPECT_FALSE(CheckPrefix(bad)) << bad;
  }
  EXPECT_TRUE(CheckPrefix("ops.jetkeep"));
}

TEST(Requests, ARestoreMayNameTheAccountThatGetsIt) {
  for (const Document& body : {Document{{"stream", "S"}, {"target", "staging"}},
                               Document{{"set", "latest"}, {"target", "staging"}}}) {
    const auto request = ParseRestoreRequest(body);
    ASSERT_TRUE(request) << request.error().message;
    EXPECT_EQ(request->target, "staging");
    EXPECT_EQ(ToDocument(*request), body);
  }
  EXPECT_EQ(ParseRestoreRequest({{"stream", "S"}, {"target", ""}}).error().code,
            Errc::kInvalidName);
  EXPECT_EQ(ParseRestoreRequest({{"stream", "S"}, {"target", 1}}).error().code, Errc::kWrongType);
  EXPECT_EQ(ParseBackupRequest({{"stream", "S"}, {"target", "x"}}).error().code,
            Errc::kUnknownField);
}

TEST(Requests, ChangesOfARestoreComeThereAndBack) {
  const Document body{
      {"stream", "S"},
      {"allow_removal", true},
      {"as", "T"},
      {"map_subjects", {{{"from", "a.*"}, {"to", "b.$1"}}, {{"from", "c.>"}, {"to", "d.>"}}}},
      {"set_fields", {{"num_replicas", 3}, {"placement.tags", {"x"}}, {"description", nullptr}}},
      {"config", {{"name", "T"}, {"subjects", {"b.*"}}}},
      {"frozen", true},
      {"obfuscate",
       {{"payloads", true},
        {"headers", {"X"}},
        {"subject_tokens", {2}},
        {"digests", true},
        {"key", "k"}}}};
  const auto request = ParseRestoreRequest(body);
  ASSERT_TRUE(request) << request.error().message;
  EXPECT_EQ(request->changes.as, "T");
  ASSERT_EQ(request->changes.map_subjects.size(), 2U);
  EXPECT_EQ(request->changes.map_subjects[1], (SubjectRule{"c.>", "d.>"}));
  EXPECT_EQ(request->changes.set[1].second, R"(["x"])");
  EXPECT_EQ(request->changes.set[2].second, "null");
  EXPECT_EQ(ToDocument(*request), body);
}

TEST(Requests, ChangesOfARestoreThatCannotBeMade) {
  const auto refusal = [](Document more, Errc code) {
    more["stream"] = "S";
    return Refusal(ParseRestoreRequest(more), code);
  };
  EXPECT_NE(refusal({{"as", ""}}, Errc::kInvalidName), "accepted");
  EXPECT_NE(refusal({{"as", "a.b"}}, Errc::kInvalidName), "accepted");
  EXPECT_NE(refusal({{"map_subjects", {{{"from", "a"}}}}}, Errc::kInvalidRequest), "accepted");
  EXPECT_NE(refusal({{"map_subjects", {{{"from", "a"}, {"to", "b.>"}}}}}, Errc::kInvalidRequest),
            "accepted");
  EXPECT_NE(
      refusal({{"map_subjects", {{{"from", "a"}, {"to", "b"}, {"x", 1}}}}}, Errc::kUnknownField),
      "accepted");
  EXPECT_NE(refusal({{"map_subjects", "a=b"}}, Errc::kWrongType), "accepted");
  EXPECT_NE(refusal({{"set_fields", {{"", 1}}}}, Errc::kInvalidRequest), "accepted");
  EXPECT_NE(refusal({{"obfuscate", {{"subject_tokens", {"x"}}}}}, Errc::kWrongType), "accepted");
  EXPECT_NE(refusal({{"obfuscate", {{"payload", true}}}}, Errc::kUnknownField), "accepted");
  EXPECT_NE(refusal({{"config", "x"}}, Errc::kWrongType), "accepted");
  for (const char* field : {"as", "config", "frozen"}) {
    Document body{{"set", "set-1"}};
    body[field] = field == std::string_view("as")       ? Document("T")
                  : field == std::string_view("config") ? Document::object()
                                                        : Document(true);
    EXPECT_NE(Refusal(ParseRestoreRequest(body), Errc::kInvalidRequest), "accepted") << field;
  }
}

}  // namespace
}  // namespace jetkeep
