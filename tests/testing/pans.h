// Numbers for tests: repeatable, and no one's card.

#ifndef PANVAULT_TESTS_TESTING_PANS_H_
#define PANVAULT_TESTS_TESTING_PANS_H_

#include <cstddef>
#include <random>
#include <string>

#include "absl/strings/string_view.h"

namespace panvault::testing {

// A number of `length` digits that passes the Luhn check.
std::string RandomPan(size_t length, std::mt19937_64& random);

// `number` with its last digit set so that the Luhn remainder is `remainder`.
std::string WithRemainder(std::string number, unsigned remainder);

// The Luhn sum of ASCII digits modulo 10; written apart from crypto/luhn.h.
unsigned Remainder(absl::string_view number);

}  // namespace panvault::testing

#endif  // PANVAULT_TESTS_TESTING_PANS_H_
