// The work that the micro benchmarks time: FF1 as the tokenizer calls it, and
// its floor, the AES blocks alone. A failure ends the process: a figure of work
// that failed must not be reported.

#ifndef PANVAULT_BENCH_MICRO_WORK_H_
#define PANVAULT_BENCH_MICRO_WORK_H_

#include <openssl/evp.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "crypto/ff1.h"

namespace panvault::bench {

// A tweak as long as a token's.
inline constexpr size_t kTweakBytes = 11;

enum class TweakKind { kCommon, kPerMessage };

struct Ff1Load {
  size_t length = 0;    // Digits of a message.
  size_t messages = 0;  // Of one call.
  TweakKind tweaks = TweakKind::kPerMessage;
};

// FF1 with AES-256 over the same messages again and again. Not thread-safe.
class Ff1Work final {
 public:
  explicit Ff1Work(const Ff1Load& load);
  void Encrypt();
  void Decrypt();

 private:
  crypto::Ff1Batch batch();

  const Ff1Load load_;
  const crypto::Ff1 ff1_;
  std::vector<uint8_t> numerals_;
  std::vector<uint8_t> tweaks_;
};

// What no FF1 over OpenSSL can beat: AES-256 over ten blocks a message, with a
// context keyed once. Not thread-safe.
class AesFloor final {
 public:
  explicit AesFloor(size_t messages);
  // Ten ECB calls over a block of each message, in chunks that stay in the
  // first-level cache.
  void RunBatch();
  // Ten calls of one block, each over the result of the last.
  void RunChained();

 private:
  struct Free {
    void operator()(EVP_CIPHER_CTX* context) const {
      EVP_CIPHER_CTX_free(context);
    }
  };
  void EncryptBlocks(const uint8_t* in, uint8_t* out, size_t blocks);

  const size_t messages_;
  const std::unique_ptr<EVP_CIPHER_CTX, Free> context_;
  std::vector<uint8_t> in_;
  std::vector<uint8_t> out_;
};

}  // namespace panvault::bench

#endif  // PANVAULT_BENCH_MICRO_WORK_H_
