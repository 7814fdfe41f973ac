// FF1, the format-preserving cipher behind format-preserving tokens.
//
// Source: NIST SP 800-38G, FF1.Encrypt and FF1.Decrypt; the smallest domain is
// that of draft Revision 1. Shown by tests/crypto/ff1_*_test.cc.
//
// Why this is FF1 exactly: PRF(P || Q) is CBC-MAC, so with a Q of one block it
// is E(E(P) xor Q); E(P) depends only on key, radix, length and tweak length
// and is computed once; S is a prefix of R as long as d <= 16; what remains per
// round is one AES block per message, and blocks of one round are independent.
//
// FF1 hides a value; it does not authenticate it. Decrypting under the wrong
// key or tweak succeeds and returns a different, well-formed value.

#ifndef PANVAULT_CRYPTO_FF1_H_
#define PANVAULT_CRYPTO_FF1_H_

#include <cstddef>
#include <cstdint>
#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "crypto/secret_bytes.h"

namespace panvault::crypto {

inline constexpr uint32_t kFf1RadixMin = 2;
inline constexpr uint32_t kFf1RadixMax = 36;
// radix^length must not be below this.
inline constexpr uint64_t kFf1DomainMin = 1'000'000;
// Ours, not NIST's (2^32): bounds the work of one message.
inline constexpr size_t kFf1LengthMax = 1024;
inline constexpr size_t kFf1TweakBytesMax = 64;

// Many messages of one length, each with a tweak of one length, in place.
struct Ff1Batch {
  // Numerals per message. Bytes per tweak.
  size_t length = 0;
  size_t tweak_bytes = 0;
  // Message i is numerals[i * length, (i + 1) * length): values in [0, radix),
  // most significant first. The caller owns and wipes them.
  absl::Span<uint8_t> numerals = {};
  // Tweak i is tweaks[i * tweak_bytes, (i + 1) * tweak_bytes). Public.
  absl::Span<const uint8_t> tweaks = {};
};

// A key bound to one radix.
//
// Errors: kInvalidArgument for a bad radix, key size, length, tweak, numeral or
// a span that does not fit; kInternal if OpenSSL fails. Messages name the
// limit, never a numeral. On an invalid argument nothing was changed.
//
// Thread-safe: threads that share an object each get a cipher context of their
// own, which is freed (and wiped) with the object.
//
// Timing: messages whose halves fit 64 bits take time that depends on length
// and radix only where both are known at compile time (radix 10, 6 to 19
// digits); other lengths use division and, above 64 bits, OpenSSL's BIGNUM.
class Ff1 final {
 public:
  // `key` is an AES key of 16, 24 or 32 bytes; copied.
  static absl::StatusOr<Ff1> Create(const SecretBytes& key, uint32_t radix);

  Ff1(Ff1&&) noexcept;
  Ff1& operator=(Ff1&&) noexcept;
  ~Ff1();

  // Replaces each message by its encryption, or decryption.
  absl::Status Encrypt(const Ff1Batch& batch) const;
  absl::Status Decrypt(const Ff1Batch& batch) const;

 private:
  struct Impl;
  explicit Ff1(std::unique_ptr<const Impl> impl);

  std::unique_ptr<const Impl> impl_;
};

}  // namespace panvault::crypto

#endif  // PANVAULT_CRYPTO_FF1_H_
