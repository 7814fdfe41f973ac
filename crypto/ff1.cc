#include "crypto/ff1.h"

#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "crypto/aes_ecb.h"
#include "crypto/ff1_card.h"
#include "crypto/ff1_long.h"
#include "crypto/ff1_shape.h"
#include "crypto/ff1_word.h"

namespace panvault::crypto {
namespace {

// Whether some numeral is not below `radix`. Looks at all of them, so that the
// duration does not tell where a bad one is.
bool HasNumeralOutside(uint32_t radix, absl::Span<const uint8_t> numerals) {
  constexpr uint64_t kOnes = 0x0101010101010101;
  constexpr uint64_t kTops = 0x80 * kOnes;
  // Bytes below 128 reach the top bit by this from `radix` upwards; no carry.
  const uint64_t to_top = (0x80 - radix) * kOnes;
  uint64_t bad = 0;
  size_t i = 0;
  for (; i + 8 <= numerals.size(); i += 8) {
    uint64_t word;
    std::memcpy(&word, numerals.data() + i, sizeof(word));
    bad |= word | ((word & ~kTops) + to_top);
  }
  for (; i < numerals.size(); ++i) {
    const uint64_t numeral = numerals[i];
    bad |= numeral | (numeral + to_top);
  }
  return (bad & kTops) != 0;
}

// The shortest message whose domain is not too small.
size_t LengthMin(uint32_t radix) {
  size_t length = 0;
  for (uint64_t domain = 1; domain < kFf1DomainMin; domain *= radix) ++length;
  return length;
}

absl::Status CheckBatch(const Ff1Batch& batch, uint32_t radix,
                        size_t length_min) {
  if (batch.length > kFf1LengthMax) {
    return absl::InvalidArgumentError(
        absl::StrCat("FF1 message is over ", kFf1LengthMax, " numerals"));
  }
  if (batch.length < length_min) {
    return absl::InvalidArgumentError(
        absl::StrCat(batch.length, " numerals of radix ", radix,
                     " are fewer than ", kFf1DomainMin, " messages"));
  }
  if (batch.tweak_bytes > kFf1TweakBytesMax) {
    return absl::InvalidArgumentError(
        absl::StrCat("FF1 tweak is over ", kFf1TweakBytesMax, " bytes"));
  }
  const size_t count = batch.numerals.size() / batch.length;
  if (batch.numerals.size() != count * batch.length) {
    return absl::InvalidArgumentError(absl::StrCat(
        "FF1 batch is not whole messages of ", batch.length, " numerals"));
  }
  if (batch.tweaks.size() != count * batch.tweak_bytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("FF1 batch has ", batch.tweaks.size(),
                     " bytes of tweaks; want ", count * batch.tweak_bytes));
  }
  if (HasNumeralOutside(radix, batch.numerals)) {
    return absl::InvalidArgumentError(
        absl::StrCat("FF1 numeral is outside radix ", radix));
  }
  return absl::OkStatus();
}

}  // namespace

struct Ff1::Impl {
  Impl(uint32_t radix_in, std::unique_ptr<const AesEcb> aes_in)
      : radix(radix_in),
        length_min(LengthMin(radix_in)),
        aes(std::move(aes_in)) {}

  absl::Status Run(Ff1Direction direction, const Ff1Batch& batch) const;

  const uint32_t radix;
  const size_t length_min;
  const std::unique_ptr<const AesEcb> aes;
  // Filled by Create, for radix 10 only.
  Ff1CardBlocks card_blocks;
};

absl::StatusOr<Ff1> Ff1::Create(const SecretBytes& key, uint32_t radix) {
  if (radix < kFf1RadixMin || radix > kFf1RadixMax) {
    return absl::InvalidArgumentError(absl::StrCat("FF1 radix ", radix,
                                                   " is not in [", kFf1RadixMin,
                                                   ", ", kFf1RadixMax, "]"));
  }
  absl::StatusOr<std::unique_ptr<const AesEcb>> aes = AesEcb::Create(key);
  if (!aes.ok()) return aes.status();
  auto impl = std::make_unique<Impl>(radix, *std::move(aes));
  const AesEcb::Lease lease(*impl->aes);
  if (!lease.ok() || (radix == 10 && !impl->card_blocks.Fill(lease))) {
    return OpenSslError("AES in FF1");
  }
  return Ff1(std::move(impl));
}

Ff1::Ff1(std::unique_ptr<const Impl> impl) : impl_(std::move(impl)) {}
Ff1::Ff1(Ff1&&) noexcept = default;
Ff1& Ff1::operator=(Ff1&&) noexcept = default;
Ff1::~Ff1() = default;

absl::Status Ff1::Encrypt(const Ff1Batch& batch) const {
  return impl_->Run(Ff1Direction::kEncrypt, batch);
}

absl::Status Ff1::Decrypt(const Ff1Batch& batch) const {
  return impl_->Run(Ff1Direction::kDecrypt, batch);
}

absl::Status Ff1::Impl::Run(Ff1Direction direction,
                            const Ff1Batch& batch) const {
  absl::Status status = CheckBatch(batch, radix, length_min);
  if (!status.ok() || batch.numerals.empty()) return status;

  const Ff1Shape shape = {
      .radix = radix, .n = batch.length, .t = batch.tweak_bytes};
  const AesEcb::Lease lease(*aes);
  bool done = false;
  if (lease.ok() && Ff1CardFits(shape)) {
    done = Ff1Card(lease, card_blocks, shape, direction,
                   Ff1CardPathFor(batch.numerals.size() / batch.length),
                   batch.numerals, batch.tweaks);
  } else if (lease.ok()) {
    const auto path = Ff1WordFits(shape) ? Ff1Word : Ff1Long;
    done = path(lease, shape, direction, batch.numerals, batch.tweaks);
  }
  return done ? absl::OkStatus() : OpenSslError("AES in FF1");
}

}  // namespace panvault::crypto
