#include "vault/reveal.h"

#include <cstddef>

namespace panvault::vault {
namespace {

struct Shown {
  size_t front = 0;
  size_t back = 0;
};

Shown ShownOf(Reveal reveal, size_t length) {
  switch (reveal) {
    case Reveal::kLast4:
      return {.front = 0, .back = 4};
    case Reveal::kBinLast4:
      return {.front = 6, .back = 4};
    case Reveal::kFull:
      return {.front = length, .back = 0};
  }
  return {};
}

}  // namespace

void WriteRevealed(const Pan& pan, Reveal reveal, absl::Span<char> out) {
  const absl::Span<const uint8_t> digits = pan.ExposeDigits();
  const Shown shown = ShownOf(reveal, digits.size());
  for (size_t i = 0; i < digits.size(); ++i) {
    const bool covered = i < shown.front || i + shown.back >= digits.size();
    out[i] = covered ? static_cast<char>('0' + digits[i]) : '*';
  }
}

}  // namespace panvault::vault
