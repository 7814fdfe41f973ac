#include "crypto/ff1_base.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace panvault::crypto {
namespace {

static_assert(std::endian::native == std::endian::little,
              "the shifts below move bytes as on a little-endian machine");

uint64_t Load8(const uint8_t* bytes) {
  uint64_t word;
  std::memcpy(&word, bytes, sizeof(word));
  return word;
}

// The `size` bytes at `bytes`, at most 16, and zeros. Branches on sizes only;
// reads up to `end`, so that a short tweak needs no loop over its bytes.
Ff1Block LoadPadded(const uint8_t* bytes, size_t size, const uint8_t* end) {
  if (size > 8) {
    return {Load8(bytes), Load8(bytes + size - 8) >> (8 * (16 - size))};
  }
  if (size == 0) return {0, 0};
  if (end - bytes >= 8) {
    return {Load8(bytes) << (8 * (8 - size)) >> (8 * (8 - size)), 0};
  }
  Ff1Block block = {0, 0};
  std::memcpy(&block.first, bytes, size);
  return block;
}

}  // namespace

bool Ff1Bases(const AesEcb::Lease& aes, const Ff1Block& e_p,
              const Ff1Tweaks& tweaks, absl::Span<Ff1Block> bases) {
  const uint8_t* const data = tweaks.all.data();
  const uint8_t* const end = data + tweaks.all.size();
  // Q is tweak, zeros, one byte and b bytes, in whole blocks.
  const size_t q_blocks =
      (tweaks.t + 1 + tweaks.b + kAesBlockBytes - 1) / kAesBlockBytes;
  const size_t whole_blocks = q_blocks - 1;
  const size_t in_last =
      tweaks.t - std::min(tweaks.t, whole_blocks * kAesBlockBytes);

  const auto absorb = [&](size_t offset, size_t size, auto state) {
    for (size_t k = 0; k < bases.size(); ++k) {
      const Ff1Block q = LoadPadded(data + k * tweaks.t + offset, size, end);
      bases[k] = {state(k).first ^ q.first, state(k).last ^ q.last};
    }
  };
  const auto first = [&](size_t) { return e_p; };
  const auto chained = [&](size_t k) { return bases[k]; };

  if (whole_blocks == 0) {
    absorb(0, tweaks.t, first);
    return true;
  }
  auto* const bytes = reinterpret_cast<uint8_t*>(bases.data());
  for (size_t j = 0; j < whole_blocks; ++j) {
    const size_t offset = j * kAesBlockBytes;
    const size_t size = std::min(tweaks.t - offset, kAesBlockBytes);
    if (j == 0) {
      absorb(offset, size, first);
    } else {
      absorb(offset, size, chained);
    }
    if (!aes.Encrypt(bytes, bytes, bases.size())) return false;
  }
  absorb(tweaks.t - in_last, in_last, chained);
  return true;
}

}  // namespace panvault::crypto
