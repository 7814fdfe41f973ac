#include "crypto/luhn.h"

namespace panvault::crypto {
namespace {

// The digit sum of 2 * digit: 2 * digit, less 9 from 5 upwards. (13 * d) >> 6
// is 0 for 0..4 and 1 for 5..9, without a branch on the digit.
constexpr unsigned Doubled(unsigned digit) {
  return 2 * digit - 9 * ((13 * digit) >> 6);
}
static_assert(Doubled(4) == 8 && Doubled(5) == 1 && Doubled(9) == 9);

// The digit that Doubled() maps to `sum`.
constexpr unsigned Halved(unsigned sum) { return (sum + 9 * (sum & 1)) / 2; }
static_assert(Halved(8) == 4 && Halved(1) == 5 && Halved(9) == 9);

bool IsDoubled(size_t size, size_t position) {
  return (size - position) % 2 == 0;
}

unsigned Sum(absl::Span<const uint8_t> digits) {
  unsigned sum = 0;
  size_t i = digits.size();
  for (; i >= 2; i -= 2) sum += digits[i - 1] + Doubled(digits[i - 2]);
  return i == 1 ? sum + digits[0] : sum;
}

}  // namespace

unsigned LuhnRemainder(absl::Span<const uint8_t> digits) {
  return Sum(digits) % 10;
}

uint8_t LuhnDigitFor(absl::Span<const uint8_t> digits, size_t position,
                     unsigned remainder) {
  const bool doubled = IsDoubled(digits.size(), position);
  const unsigned own =
      doubled ? Doubled(digits[position]) : unsigned{digits[position]};
  const unsigned others = Sum(digits) - own;
  const unsigned wanted = (remainder + 10 - others % 10) % 10;
  return static_cast<uint8_t>(doubled ? Halved(wanted) : wanted);
}

}  // namespace panvault::crypto
