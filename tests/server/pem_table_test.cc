// What this shows: certificates are told apart by their whole text, though only
// its end is hashed.

#include "server/pem_table.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace panvault::server {
namespace {

TEST(PemTable, TellsTextsApartThatEndAlike) {
  PemTable<int> table;
  const std::string tail(kPemTailBytes, 't');
  for (int i = 0; i < 100; ++i)
    table[absl::StrCat("certificate ", i, tail)] = i;
  ASSERT_EQ(table.size(), 100u);
  for (int i = 0; i < 100; ++i) {
    const auto found = table.find(absl::StrCat("certificate ", i, tail));
    ASSERT_NE(found, table.end());
    EXPECT_EQ(found->second, i);
  }
  EXPECT_EQ(table.find(tail), table.end());
}

TEST(PemTable, HashesTheEnd) {
  const std::string body(1'000, 'b');
  EXPECT_EQ(PemTailHash()(body + std::string(kPemTailBytes, 't')),
            PemTailHash()(std::string(kPemTailBytes, 't')));
  EXPECT_NE(PemTailHash()(body + "1"), PemTailHash()(body + "2"));
}

TEST(PemTable, TakesShortTexts) {
  PemTable<int> table;
  table[""] = 1;
  table["x"] = 2;
  EXPECT_EQ(table[""], 1);
  EXPECT_EQ(table["x"], 2);
}

}  // namespace
}  // namespace panvault::server
