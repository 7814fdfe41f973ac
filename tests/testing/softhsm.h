// SoftHSM2 with one token, in a folder of its own; and a module before it that
// does harm on request (shim.h).

#ifndef PANVAULT_TESTS_TESTING_SOFTHSM_H_
#define PANVAULT_TESTS_TESTING_SOFTHSM_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tests/testing/temp_folder.h"
#include "vault/pkcs11/cryptoki.h"
#include "vault/pkcs11/module.h"
#include "vault/pkcs11/token_link.h"

namespace panvault::testing {

inline constexpr char kTokenLabel[] = "panvault test";
inline constexpr char kKeyLabel[] = "kek";
inline constexpr char kPin[] = "648219";

// What a key is made with; by default one that panvault takes.
struct KeySpec {
  std::string label = kKeyLabel;
  CK_KEY_TYPE type = CKK_AES;
  CK_ULONG bytes = 32;
  // Empty: made by the token.
  std::vector<uint8_t> value = {};
  bool on_token = true;
  bool sensitive = true;
  bool extractable = false;
  bool encrypts = true;
  bool decrypts = true;
};

// Not thread-safe; one at a time, since SOFTHSM2_CONF is the process's.
// Failures are failures of the test.
class SoftHsm final {
 public:
  // With a token `kTokenLabel` and no key.
  SoftHsm();
  ~SoftHsm();
  SoftHsm(const SoftHsm&) = delete;
  SoftHsm& operator=(const SoftHsm&) = delete;

  // The library itself.
  static std::string module();

  // Where the key `kKeyLabel` is, and a file with the PIN (mode 0400).
  vault::pkcs11::KeyPlace place() const;
  std::string pin_file() const { return folder_.path() + "/pin"; }
  const std::string& folder() const { return folder_.path(); }

  // One more token, with the same PIN.
  void AddToken(const std::string& label);
  // Keys of `kTokenLabel`. Sessions that are open see them at once.
  void MakeKey(const KeySpec& spec = {});
  void DestroyKeys(const std::string& label);
  // In a session of this process, logged in; a key of it if not `on_token`.
  void MakeKeyIn(CK_SESSION_HANDLE session, const KeySpec& spec);
  // Handles are those of all sessions of the process. 0 if there is none.
  CK_OBJECT_HANDLE FindKey(const std::string& label);

 private:
  // 0 if there is none.
  CK_OBJECT_HANDLE FindIn(CK_SESSION_HANDLE session, const std::string& label);
  // In a session that may write, logged in.
  void InSession(const std::function<void(CK_SESSION_HANDLE)>& use);

  TempFolder folder_;
  std::unique_ptr<vault::pkcs11::Module> module_;
};

}  // namespace panvault::testing

#endif  // PANVAULT_TESTS_TESTING_SOFTHSM_H_
