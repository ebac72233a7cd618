#include "service/engine/publish/new_subject.h"

#include <gtest/gtest.h>

namespace jetkeep {
namespace {

std::string Renamed(std::string_view subject, const SubjectChange& change = {}) {
  const auto renamed = NewSubject(42, subject, change);
  return renamed ? *renamed : renamed.error().message;
}

TEST(NewSubject, ChangesWholeTokens) {
  EXPECT_EQ(Renamed("orders.eu"), "orders.eu");
  EXPECT_EQ(Renamed("orders.eu", {"", "copy"}), "copy.orders.eu");
  EXPECT_EQ(Renamed("orders.eu.1", {"orders", "copy"}), "copy.eu.1");
  EXPECT_EQ(Renamed("orders.eu.1", {"orders.eu", "a.b.c"}), "a.b.c.1");
  EXPECT_EQ(Renamed("orders", {"orders", "copy"}), "copy");
  // Nothing lands where it was by mistake.
  for (const char* other : {"orders2.eu", "my.orders"}) {
    const auto renamed = NewSubject(42, other, {"orders", "copy"});
    ASSERT_FALSE(renamed);
    EXPECT_EQ(renamed.error().code, Errc::kInvalidRequest);
  }
}

TEST(NewSubject, IsNoneOnWhichRequestsAreTaken) {
  const SubjectChange own{"", "", {"backup.request", "backup.instance.*.>", "backup.failed.*.*"}};
  for (const char* subject :
       {"$JS.API.STREAM.DELETE.ORDERS", "$JS.ACK.S.C.1.1.1.1.0", "$JSC.R.x", "$NRG.V.g",
        "$SYS.REQ.SERVER.PING", "$SRV.PING", "_INBOX.abc", "backup.request",
        "backup.instance.i1.backup.delete", "backup.failed.ORDERS.j1"}) {
    const auto renamed = NewSubject(42, subject, own);
    ASSERT_FALSE(renamed) << subject;
    EXPECT_EQ(renamed.error().code, Errc::kInvalidRequest);
    EXPECT_NE(
        renamed.error().message.find("message 42 would get the subject " + std::string(subject)),
        std::string::npos);
  }
  EXPECT_FALSE(NewSubject(42, "API.STREAM.DELETE.ORDERS", {"", "$JS", {}}));
  EXPECT_FALSE(NewSubject(42, "x.STREAM.DELETE.ORDERS", {"x", "$JS.API", {}}));
  EXPECT_FALSE(NewSubject(42, "request", {"", "backup", own.reserved}));
  EXPECT_TRUE(NewSubject(42, "backup.request", {"", "copy", own.reserved}));
  for (const char* subject : {"$JS.EVENT.ADVISORY.API", "$KV.B.key", "$O.B.M.x", "backup.db.eu.1",
                              "backup.requests", "$JSON.x", "_INBOXES.x"}) {
    EXPECT_EQ(Renamed(subject, own), subject);
  }
}

TEST(NewSubject, LeadsBackToTheOldOne) {
  EXPECT_EQ(OldSubject("a.b", {}), "a.b");
  EXPECT_EQ(OldSubject("copy.a.b", {"", "copy"}), "a.b");
  EXPECT_EQ(OldSubject("copy.b", {"a", "copy"}), "a.b");
  EXPECT_EQ(OldSubject("copy", {"a", "copy"}), "a");
  EXPECT_EQ(OldSubject("copy", {"", "copy"}), std::nullopt);
  EXPECT_EQ(OldSubject("copy2.a", {"", "copy"}), std::nullopt);
}

}  // namespace
}  // namespace jetkeep
