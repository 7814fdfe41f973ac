// What the fake vault does to digits: checks them, and makes nines' complements
// in place of tokens.

#ifndef PANVAULT_TESTS_CLIENT_FAKE_DIGITS_H_
#define PANVAULT_TESTS_CLIENT_FAKE_DIGITS_H_

#include <string>

#include "absl/strings/string_view.h"
#include "panvault/v1/error.pb.h"
#include "panvault/v1/token_vault.pb.h"

namespace panvault::client {

// Of ASCII digits.
bool PassesLuhn(absl::string_view digits);
std::string NinesComplement(std::string digits);

// UNSPECIFIED: nothing is wrong with it.
v1::ErrorReason CheckPan(absl::string_view pan);
v1::ErrorReason CheckToken(absl::string_view token);

// With '*' for what `level` does not show.
std::string Revealed(std::string pan, v1::RevealLevel level);

}  // namespace panvault::client

#endif  // PANVAULT_TESTS_CLIENT_FAKE_DIGITS_H_
