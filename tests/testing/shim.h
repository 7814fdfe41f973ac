// A PKCS #11 module that forwards to SoftHSM2 and does harm on request.
//
// The test and the code under test share it: both load the same library, whose
// Shim the one sets and the other's calls obey. In another process, the file
// that $PANVAULT_SHIM_FAULT names holds one of the words below, or nothing, and
// that which $PANVAULT_SHIM_LOGINS names gets a line for each login.

#ifndef PANVAULT_TESTS_TESTING_SHIM_H_
#define PANVAULT_TESTS_TESTING_SHIM_H_

#include <atomic>
#include <string>

#include "vault/pkcs11/cryptoki.h"

namespace panvault::testing {

// Thread-safe.
struct Shim {
  // Functions called since the last Reset, and among them logins and
  // initialisations.
  std::atomic<int> calls{0};
  std::atomic<int> logins{0};
  std::atomic<int> initialisations{0};
  // C_Finalize that have come back.
  std::atomic<int> ends{0};
  // Sessions opened and not closed one by one, since Reset.
  std::atomic<int> sessions{0};

  // The call of this number (from 1) fails with `error`.
  std::atomic<int> fail_at{0};
  // Of a hundred calls, at random.
  std::atomic<int> fail_percent{0};
  std::atomic<CK_RV> error{CKR_DEVICE_ERROR};

  // Word "removed": there is no token.
  std::atomic<bool> removed{false};
  // Word "stall": calls do not come back as long as it stands.
  std::atomic<bool> stalls{false};
  // Calls that are held up now.
  std::atomic<int> held_up{0};
  // All calls fail until C_Finalize.
  std::atomic<bool> wants_finalize{false};
  // Encrypts and decrypts with this key whichever was asked for; 0: does not.
  std::atomic<CK_OBJECT_HANDLE> other_key{0};
  // Found in place of the key that was asked for; 0: does not.
  std::atomic<CK_OBJECT_HANDLE> finds_key{0};
  // What C_Decrypt fails with, in place of its own; 0: its own.
  std::atomic<CK_RV> decrypt_error{0};
  // C_Decrypt fails whatever it is given, with `decrypt_error`.
  std::atomic<bool> decrypts_nothing{false};
  // C_Decrypt takes every tag, and C_Encrypt answers with zeros.
  std::atomic<bool> takes_every_tag{false};
  std::atomic<bool> encrypts_to_zeros{false};
  // C_EncryptInit puts the same nonce in place of each that it is given.
  std::atomic<bool> repeats_nonce{false};
  // Added to the sizes that C_Encrypt and C_Decrypt answer.
  std::atomic<long> size_error{0};
  // C_Login's answer; 0: its own.
  std::atomic<CK_RV> login_error{0};
  // More and fewer flags of every token.
  std::atomic<CK_FLAGS> token_flags{0};
  std::atomic<CK_FLAGS> token_flags_cleared{0};

  void Reset();
};

// Where the module is.
std::string ShimModule();

// Loads it. Lives as long as the process.
Shim& TheShim();

}  // namespace panvault::testing

#endif  // PANVAULT_TESTS_TESTING_SHIM_H_
