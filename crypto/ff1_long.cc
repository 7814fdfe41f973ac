#include "crypto/ff1_long.h"

#include <array>
#include <utility>
#include <vector>

#include "crypto/openssl.h"
#include "crypto/secret_bytes.h"

namespace panvault::crypto {
namespace {

constexpr size_t RoundUpToBlock(size_t bytes) {
  return (bytes + kAesBlockBytes - 1) / kAesBlockBytes * kAesBlockBytes;
}

// All calls return false if OpenSSL fails.
class LongMessage {
 public:
  LongMessage(const AesEcb::Lease& aes, const Ff1Shape& shape)
      : aes_(aes),
        shape_(shape),
        work_(BN_CTX_new()),
        modulus_{BignumPtr(BN_new()), BignumPtr(BN_new())},
        half_{BignumPtr(BN_new()), BignumPtr(BN_new())},
        y_(BN_new()) {}
  LongMessage(const LongMessage&) = delete;
  LongMessage& operator=(const LongMessage&) = delete;
  ~LongMessage() {
    WipeMemory(prf_input_.data(), prf_input_.size());
    WipeMemory(s_.data(), s_.size());
  }

  // Steps 3 to 5; to be called once, first.
  bool Prepare() {
    if (work_ == nullptr || modulus_[0] == nullptr || modulus_[1] == nullptr ||
        half_[0] == nullptr || half_[1] == nullptr || y_ == nullptr ||
        BN_set_word(y_.get(), shape_.radix) != 1) {
      return false;
    }
    const size_t lengths[2] = {shape_.u(), shape_.v()};
    for (int side = 0; side < 2; ++side) {
      if (BN_set_word(half_[0].get(), lengths[side]) != 1 ||
          BN_exp(modulus_[side].get(), y_.get(), half_[0].get(), work_.get()) !=
              1) {
        return false;
      }
    }
    // b: bytes of radix^v - 1.
    if (BN_copy(half_[0].get(), modulus_[1].get()) == nullptr ||
        BN_sub_word(half_[0].get(), 1) != 1) {
      return false;
    }
    b_ = static_cast<size_t>(BN_num_bytes(half_[0].get()));
    prf_input_.assign(kAesBlockBytes + RoundUpToBlock(shape_.t + 1 + b_), 0);
    const auto p = Ff1FirstBlock(shape_);
    std::copy(p.begin(), p.end(), prf_input_.begin());
    s_.assign(RoundUpToBlock(Ff1StringBytes(b_)), 0);
    return true;
  }

  // Step 6, and step 2 before and 7 after it.
  bool Permute(Ff1Direction direction, absl::Span<const uint8_t> tweak,
               absl::Span<uint8_t> message) {
    std::copy(tweak.begin(), tweak.end(), prf_input_.begin() + kAesBlockBytes);
    const auto left = message.first(shape_.u());
    const auto right = message.last(shape_.v());
    if (!Read(left, half_[0].get()) || !Read(right, half_[1].get())) {
      return false;
    }
    for (int step = 0; step < kFf1Rounds; ++step) {
      const bool encrypt = direction == Ff1Direction::kEncrypt;
      const int i = encrypt ? step : kFf1Rounds - 1 - step;
      // Even rounds replace A, odd rounds B.
      BIGNUM* const changed = half_[i % 2].get();
      const BIGNUM* const other = half_[1 - i % 2].get();
      const BIGNUM* const modulus = modulus_[i % 2].get();
      if (!RoundString(i, other) ||
          BN_bin2bn(s_.data(), static_cast<int>(Ff1StringBytes(b_)),
                    y_.get()) == nullptr) {
        return false;
      }
      const int done =
          encrypt
              ? BN_mod_add(changed, changed, y_.get(), modulus, work_.get())
              : BN_mod_sub(changed, changed, y_.get(), modulus, work_.get());
      if (done != 1) return false;
    }
    return Write(half_[0].get(), left) && Write(half_[1].get(), right);
  }

 private:
  // Steps 6.i to 6.iii: S of round `i`, into s_.
  bool RoundString(int i, const BIGNUM* half) {
    uint8_t* const end = prf_input_.data() + prf_input_.size();
    *(end - b_ - 1) = static_cast<uint8_t>(i);
    if (BN_bn2binpad(half, end - b_, static_cast<int>(b_)) < 0) return false;

    std::array<uint8_t, kAesBlockBytes> r = {};
    for (size_t at = 0; at < prf_input_.size(); at += kAesBlockBytes) {
      for (size_t k = 0; k < kAesBlockBytes; ++k) r[k] ^= prf_input_[at + k];
      if (!aes_.Encrypt(r.data(), r.data(), 1)) return false;
    }
    // S is R || E(R xor [1]^16) || E(R xor [2]^16) ...; d <= 2 * 36 blocks, so
    // the counter fits the last byte.
    for (size_t j = 0; j * kAesBlockBytes < s_.size(); ++j) {
      uint8_t* const block = s_.data() + j * kAesBlockBytes;
      std::copy(r.begin(), r.end(), block);
      if (j == 0) continue;
      block[kAesBlockBytes - 1] ^= static_cast<uint8_t>(j);
      if (!aes_.Encrypt(block, block, 1)) return false;
    }
    return true;
  }

  bool Read(absl::Span<const uint8_t> numerals, BIGNUM* number) const {
    BN_zero(number);
    for (const uint8_t numeral : numerals) {
      if (BN_mul_word(number, shape_.radix) != 1 ||
          BN_add_word(number, numeral) != 1) {
        return false;
      }
    }
    return true;
  }

  bool Write(BIGNUM* number, absl::Span<uint8_t> numerals) const {
    for (size_t i = numerals.size(); i-- > 0;) {
      const BN_ULONG numeral = BN_div_word(number, shape_.radix);
      if (numeral >= shape_.radix) return false;
      numerals[i] = static_cast<uint8_t>(numeral);
    }
    return true;
  }

  const AesEcb::Lease& aes_;
  const Ff1Shape shape_;
  const BnCtxPtr work_;
  const BignumPtr modulus_[2];  // radix^u, radix^v
  const BignumPtr half_[2];     // A, B
  const BignumPtr y_;
  size_t b_ = 0;
  std::vector<uint8_t> prf_input_;  // P || Q
  std::vector<uint8_t> s_;          // S, in whole blocks.
};

}  // namespace

bool Ff1Long(const AesEcb::Lease& aes, const Ff1Shape& shape,
             Ff1Direction direction, absl::Span<uint8_t> numerals,
             absl::Span<const uint8_t> tweaks) {
  LongMessage message(aes, shape);
  if (!message.Prepare()) return false;
  const size_t count = numerals.size() / shape.n;
  for (size_t k = 0; k < count; ++k) {
    if (!message.Permute(direction, tweaks.subspan(k * shape.t, shape.t),
                         numerals.subspan(k * shape.n, shape.n))) {
      return false;
    }
  }
  return true;
}

}  // namespace panvault::crypto
