// Decimal digits as values 0 to 9 in the bytes of a word, and the numbers they
// make (NUM_10 and STR_10 of SP 800-38G), without a loop, a table or a branch.
// Internal to crypto/.

#ifndef PANVAULT_CRYPTO_FF1_CARD_DIGITS_H_
#define PANVAULT_CRYPTO_FF1_CARD_DIGITS_H_

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace panvault::crypto {

static_assert(std::endian::native == std::endian::little,
              "the first digit of a word is in its lowest byte");

constexpr uint64_t PowerOf10(size_t exponent) {
  uint64_t power = 1;
  while (exponent-- > 0) power *= 10;
  return power;
}

// Eight digits to their number: pairs, then fours and eights by multiplication.
[[gnu::always_inline]] constexpr uint64_t NumberOf8(uint64_t digits) {
  constexpr uint64_t kLanes = 0x000000ff000000ff;
  const uint64_t pairs = digits * 10 + (digits >> 8);
  const uint64_t even = (pairs & kLanes) * ((PowerOf10(6) << 32) + 100);
  const uint64_t odd = ((pairs >> 16) & kLanes) * ((PowerOf10(4) << 32) + 1);
  return (even + odd) >> 32;
}

// The reverse, for a number of at most kDigits digits: eight, zeros first.
template <size_t kDigits = 8>
[[gnu::always_inline]] constexpr uint64_t DigitsOf8(uint64_t number) {
  static_assert(kDigits <= 8);
  uint64_t fours = number << 32;
  if constexpr (kDigits > 4) {
    const uint64_t high = number / PowerOf10(4);
    fours = ((number - high * PowerOf10(4)) << 32) + high;
  }
  // Quotients by multiplication, exact below 10^4 and 10^2.
  const uint64_t hundreds = ((fours * 10486) >> 20) & 0x0000007f0000007f;
  const uint64_t pairs = ((fours - 100 * hundreds) << 16) + hundreds;
  const uint64_t tens = ((pairs * 103) >> 10) & 0x000f000f000f000f;
  return ((pairs - 10 * tens) << 8) + tens;
}

static_assert(NumberOf8(0x0807060504030201) == 12345678);
static_assert(NumberOf8(0x0909090909090909) == 99999999);
static_assert(DigitsOf8(12345678) == 0x0807060504030201);
static_assert(DigitsOf8(99999999) == 0x0909090909090909);
static_assert(DigitsOf8<4>(9876) == 0x0607080900000000);

// A message of kN digits: kU in the left half, kV in the right one.
template <size_t kN>
struct CardDigits {
  static constexpr size_t kU = kN / 2;
  static constexpr size_t kV = kN - kU;
  static_assert(kU >= 3 && kV <= 10);

  static uint64_t ReadLeft(const uint8_t* message) {
    return Read<0, kU>(message);
  }
  static uint64_t ReadRight(const uint8_t* message) {
    return Read<kU, kV>(message);
  }

  [[gnu::always_inline]] static void Write(uint64_t left, uint64_t right,
                                           uint8_t* message) {
    if constexpr (kV > 8) {
      WriteOne<kU>(left, message);
      WriteOne<kV>(right, message + kU);
    } else {
      const uint64_t left_word = DigitsOf8<kU>(left) >> (8 * (8 - kU));
      const uint64_t right_word = DigitsOf8<kV>(right);
      uint64_t first = left_word;
      if constexpr (kU < 8) first |= right_word >> (8 * (8 - kV)) << (8 * kU);
      if constexpr (kN < 8) {
        std::memcpy(message, &first, kN);
      } else {
        // Two stores of eight bytes that overlap write the whole message.
        uint64_t last = right_word;
        if constexpr (kN < 16) last |= left_word >> (8 * (kN - 8));
        std::memcpy(message, &first, 8);
        std::memcpy(message + kN - 8, &last, 8);
      }
    }
  }

 private:
  static uint64_t Load8(const uint8_t* bytes) {
    uint64_t word;
    std::memcpy(&word, bytes, sizeof(word));
    return word;
  }

  // The number of kDigits digits from position kAt on. Loads eight bytes where
  // the message has them, and shifts out those of the other half.
  template <size_t kAt, size_t kDigits>
  static uint64_t Read(const uint8_t* message) {
    static_assert(kAt + kDigits <= kN);
    if constexpr (kDigits == 10) {
      return (message[kAt] * 10u + message[kAt + 1]) * PowerOf10(8) +
             NumberOf8(Load8(message + kAt + 2));
    } else if constexpr (kDigits == 9) {
      return message[kAt] * PowerOf10(8) + NumberOf8(Load8(message + kAt + 1));
    } else {
      constexpr size_t kOther = 8 * (8 - kDigits);
      uint64_t word = 0;
      if constexpr (kN < 8) {
        std::memcpy(&word, message + kAt, kDigits);
        word <<= kOther;
      } else if constexpr (kAt + 8 <= kN) {
        word = Load8(message + kAt) << kOther;
      } else {
        word = Load8(message + kAt + kDigits - 8) >> kOther << kOther;
      }
      return NumberOf8(word);
    }
  }

  template <size_t kDigits>
  static void WriteOne(uint64_t number, uint8_t* digits) {
    static_assert(kDigits >= 8 && kDigits <= 10);
    constexpr size_t kLead = kDigits - 8;
    const uint64_t lead = number / PowerOf10(8);
    const uint64_t word = DigitsOf8(number - lead * PowerOf10(8));
    if constexpr (kLead == 1) digits[0] = static_cast<uint8_t>(lead);
    if constexpr (kLead == 2) {
      digits[0] = static_cast<uint8_t>(lead / 10);
      digits[1] = static_cast<uint8_t>(lead % 10);
    }
    std::memcpy(digits + kLead, &word, 8);
  }
};

}  // namespace panvault::crypto

#endif  // PANVAULT_CRYPTO_FF1_CARD_DIGITS_H_
