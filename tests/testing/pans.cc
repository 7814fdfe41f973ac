#include "tests/testing/pans.h"

namespace panvault::testing {

unsigned Remainder(absl::string_view number) {
  constexpr unsigned kDoubled[] = {0, 2, 4, 6, 8, 1, 3, 5, 7, 9};
  unsigned sum = 0;
  bool doubled = false;
  for (size_t i = number.size(); i > 0; --i, doubled = !doubled) {
    const auto digit = static_cast<unsigned>(number[i - 1] - '0');
    sum += doubled ? kDoubled[digit] : digit;
  }
  return sum % 10;
}

std::string WithRemainder(std::string number, unsigned remainder) {
  number.back() = '0';
  const unsigned others = Remainder(number);
  number.back() = static_cast<char>('0' + (remainder + 10 - others) % 10);
  return number;
}

std::string RandomPan(size_t length, std::mt19937_64& random) {
  std::string pan;
  for (size_t i = 0; i < length; ++i) {
    pan.push_back(static_cast<char>('0' + random() % 10));
  }
  return WithRemainder(pan, 0);
}

}  // namespace panvault::testing
