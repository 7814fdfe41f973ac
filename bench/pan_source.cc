#include "bench/pan_source.h"

#include <array>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "crypto/luhn.h"

namespace panvault::bench {

absl::StatusOr<PanSource> PanSource::Create(PanSourceOptions options) {
  if (options.lengths.empty()) {
    return absl::InvalidArgumentError("no PAN length given");
  }
  for (const size_t length : options.lengths) {
    if (length < kPanDigitsMin || length > kPanDigitsMax) {
      return absl::InvalidArgumentError(absl::StrCat(
          "PAN lengths are ", kPanDigitsMin, " to ", kPanDigitsMax));
    }
  }
  return PanSource(std::move(options));
}

PanSource::PanSource(PanSourceOptions options)
    : lengths_(std::move(options.lengths)), random_(options.seed) {}

void PanSource::Next(std::string& pan) {
  // One draw gives all digits: 2^64 is so much more than 10^17 that the bias
  // does not matter for load.
  const size_t length = lengths_[random_() % lengths_.size()];
  uint64_t draw = random_();
  std::array<uint8_t, kPanDigitsMax> digits = {};
  for (size_t i = 1; i + 1 < length; ++i, draw /= 10) {
    digits[i] = static_cast<uint8_t>(draw % 10);
  }
  const auto used = absl::MakeSpan(digits).first(length);
  used.back() = crypto::LuhnDigitFor(used, length - 1, 0);
  pan.resize(length);
  for (size_t i = 0; i < length; ++i) {
    pan[i] = static_cast<char>('0' + used[i]);
  }
}

}  // namespace panvault::bench
