// What this shows: the algorithms that panvault needs are there and fetched
// once, and OpenSSL's errors become a Status without staying behind.

#include "crypto/openssl.h"

#include <openssl/err.h>

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"

namespace panvault::crypto {
namespace {

using ::panvault::testing::StatusIs;
using ::testing::HasSubstr;

TEST(OpenSsl, OffersEveryAlgorithmAndFetchesItOnce) {
  ASSERT_NE(Aes128Ecb(), nullptr);
  EXPECT_EQ(Aes128Ecb(), Aes128Ecb());
  EXPECT_EQ(EVP_CIPHER_get_key_length(Aes128Ecb()), 16);
  EXPECT_EQ(EVP_CIPHER_get_key_length(Aes192Ecb()), 24);
  EXPECT_EQ(EVP_CIPHER_get_key_length(Aes256Ecb()), 32);
  EXPECT_EQ(EVP_CIPHER_get_mode(Aes256Gcm()), EVP_CIPH_GCM_MODE);
  EXPECT_EQ(EVP_MD_get_size(Sha256Algorithm()), 32);
  EXPECT_NE(HmacAlgorithm(), nullptr);
  EXPECT_EQ(HmacAlgorithm(), HmacAlgorithm());
  EXPECT_NE(HkdfAlgorithm(), nullptr);
}

TEST(OpenSsl, ErrorNamesWhatFailedAndWhy) {
  ERR_clear_error();
  EXPECT_EQ(EVP_CIPHER_fetch(nullptr, "NO-SUCH-CIPHER", nullptr), nullptr);
  const absl::Status status = OpenSslError("fetching");
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kInternal));
  EXPECT_THAT(std::string(status.message()), HasSubstr("fetching failed: "));
  EXPECT_EQ(ERR_peek_error(), 0u);
}

TEST(OpenSsl, ErrorWithoutAReasonStillNamesWhatFailed) {
  ERR_clear_error();
  EXPECT_EQ(OpenSslError("this").message(), "this failed");
}

}  // namespace
}  // namespace panvault::crypto
