#include "bench/micro_work.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "absl/status/status.h"
#include "crypto/secret_bytes.h"

namespace panvault::bench {
namespace {

constexpr int kRounds = 10;
constexpr size_t kBlockBytes = 16;
constexpr size_t kChunkBlocks = 256;

void CheckOk(bool ok) {
  if (ok) return;
  std::fputs("benchmark: the work failed\n", stderr);
  std::abort();
}

const std::vector<uint8_t>& Key() {
  static const std::vector<uint8_t> key(32, 0x42);
  return key;
}

crypto::Ff1 NewFf1() {
  auto ff1 = crypto::Ff1::Create(crypto::SecretBytes::CopyOf(Key()), 10);
  CheckOk(ff1.ok());
  return *std::move(ff1);
}

}  // namespace

Ff1Work::Ff1Work(const Ff1Load& load)
    : load_(load),
      ff1_(NewFf1()),
      numerals_(load.length * load.messages),
      tweaks_(kTweakBytes * load.messages, 0x17) {
  uint32_t state = 1;
  const auto next = [&state] { return (state = state * 1664525 + 1013904223); };
  for (uint8_t& digit : numerals_) {
    digit = static_cast<uint8_t>((next() >> 16) % 10);
  }
  if (load.tweaks == TweakKind::kPerMessage) {
    for (uint8_t& byte : tweaks_) byte = static_cast<uint8_t>(next() >> 24);
  }
}

crypto::Ff1Batch Ff1Work::batch() {
  return {.length = load_.length,
          .tweak_bytes = kTweakBytes,
          .numerals = absl::MakeSpan(numerals_),
          .tweaks = tweaks_};
}

void Ff1Work::Encrypt() { CheckOk(ff1_.Encrypt(batch()).ok()); }
void Ff1Work::Decrypt() { CheckOk(ff1_.Decrypt(batch()).ok()); }

AesFloor::AesFloor(size_t messages)
    : messages_(messages),
      context_(EVP_CIPHER_CTX_new()),
      in_(std::min(messages, kChunkBlocks) * kBlockBytes, 0x33),
      out_(in_.size()) {
  CheckOk(context_ != nullptr &&
          EVP_EncryptInit_ex(context_.get(), EVP_aes_256_ecb(), nullptr,
                             Key().data(), nullptr) == 1 &&
          EVP_CIPHER_CTX_set_padding(context_.get(), 0) == 1);
}

void AesFloor::EncryptBlocks(const uint8_t* in, uint8_t* out, size_t blocks) {
  int written = 0;
  CheckOk(EVP_EncryptUpdate(context_.get(), out, &written, in,
                            static_cast<int>(blocks * kBlockBytes)) == 1);
}

void AesFloor::RunBatch() {
  for (size_t done = 0; done < messages_; done += kChunkBlocks) {
    const size_t blocks = std::min(messages_ - done, kChunkBlocks);
    for (int i = 0; i < kRounds; ++i) {
      EncryptBlocks(in_.data(), out_.data(), blocks);
    }
  }
}

void AesFloor::RunChained() {
  for (int i = 0; i < kRounds; ++i) EncryptBlocks(in_.data(), in_.data(), 1);
}

}  // namespace panvault::bench
