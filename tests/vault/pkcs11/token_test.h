// A fixture: a real token, reached through the module that does harm (shim.h).

#ifndef PANVAULT_TESTS_VAULT_PKCS11_TOKEN_TEST_H_
#define PANVAULT_TESTS_VAULT_PKCS11_TOKEN_TEST_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "crypto/secret_bytes.h"
#include "gtest/gtest.h"
#include "tests/testing/shim.h"
#include "tests/testing/softhsm.h"
#include "tests/testing/status_matchers.h"
#include "vault/pkcs11/module.h"
#include "vault/pkcs11/token_session.h"

namespace panvault::vault::pkcs11 {

using Bytes = std::vector<uint8_t>;

inline crypto::SecretBytes Secret(absl::string_view text) {
  return crypto::SecretBytes::CopyOf(Bytes(text.begin(), text.end()));
}

class TokenTest : public ::testing::Test {
 protected:
  TokenTest() { shim_.Reset(); }
  ~TokenTest() override { shim_.Reset(); }

  // The key of SoftHsm::place, through the shim.
  KeyPlace place() const {
    return {testing::ShimModule(), testing::kTokenLabel, testing::kKeyLabel};
  }

  // Initialises the module; the next is a session of its own.
  std::unique_ptr<TokenSession> OpenSession() {
    if (module_ == nullptr) {
      auto module = Module::Load(testing::ShimModule());
      EXPECT_THAT(module, testing::IsOk());
      module_ = *std::move(module);
      EXPECT_THAT(module_->Initialize(), testing::IsOk());
    }
    auto session = TokenSession::Open(*module_, testing::kTokenLabel,
                                      Secret(testing::kPin));
    EXPECT_THAT(session, testing::IsOk());
    return *std::move(session);
  }

  // The next calls of the module count from 1.
  void CountFromHere() { shim_.calls = shim_.logins = 0; }

  testing::SoftHsm hsm_;
  testing::Shim& shim_ = testing::TheShim();
  std::unique_ptr<Module> module_;
};

}  // namespace panvault::vault::pkcs11

#endif  // PANVAULT_TESTS_VAULT_PKCS11_TOKEN_TEST_H_
