#include "crypto/ff1_word.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "crypto/ff1_base.h"
#include "crypto/secret_bytes.h"

namespace panvault::crypto {
namespace {

// Messages whose blocks of a round are encrypted by one call.
constexpr size_t kChunk = 64;

struct Scratch {
  Ff1Block base[kChunk];
  Ff1Block in[kChunk];
  Ff1Block out[kChunk];
  uint64_t a[kChunk];
  uint64_t b[kChunk];
};

constexpr size_t kStringBytesMax = Ff1StringBytes(sizeof(uint64_t));
// So S is a prefix of R: step 6.iii never has to extend it.
static_assert(kStringBytesMax <= kAesBlockBytes);

// NUM(S) of step 6.iv, with S the first d bytes of R.
uint128 NumberOf(const Ff1Block& r, size_t d) {
  const uint128 whole =
      (uint128{__builtin_bswap64(r.first)} << 64) | __builtin_bswap64(r.last);
  return whole >> (8 * (kAesBlockBytes - d));
}

uint64_t ReadNumber(absl::Span<const uint8_t> numerals, uint32_t radix) {
  uint64_t number = 0;
  for (const uint8_t numeral : numerals) number = number * radix + numeral;
  return number;
}

void WriteNumber(uint64_t number, uint32_t radix,
                 absl::Span<uint8_t> numerals) {
  for (size_t i = numerals.size(); i-- > 0; number /= radix) {
    numerals[i] = static_cast<uint8_t>(number % radix);
  }
}

class WordRounds {
 public:
  WordRounds(const AesEcb::Lease& aes, const Ff1Shape& shape,
             Ff1Direction direction)
      : aes_(aes),
        shape_(shape),
        direction_(direction),
        modulus_{Ff1Power(shape.radix, shape.u()),
                 Ff1Power(shape.radix, shape.v())},
        b_(Ff1HalfBytes(modulus_[1])),
        d_(Ff1StringBytes(b_)) {}

  size_t b() const { return b_; }

  // Step 6 for `count` messages in `s`, whose bases and halves are set. Of the
  // two halves, even rounds replace A and odd rounds B: instead of swapping
  // them as steps 6.viii and 6.ix do, the names change places.
  bool Run(Scratch& s, size_t count) const {
    for (int step = 0; step < kFf1Rounds; ++step) {
      const bool encrypt = direction_ == Ff1Direction::kEncrypt;
      const int i = encrypt ? step : kFf1Rounds - 1 - step;
      uint64_t* const changed = i % 2 == 0 ? s.a : s.b;
      const uint64_t* const other = i % 2 == 0 ? s.b : s.a;
      for (size_t k = 0; k < count; ++k) {
        const uint128 q =
            (static_cast<uint128>(i) << (8 * b_)) | uint128{other[k]};
        s.in[k].first =
            s.base[k].first ^ __builtin_bswap64(static_cast<uint64_t>(q >> 64));
        s.in[k].last =
            s.base[k].last ^ __builtin_bswap64(static_cast<uint64_t>(q));
      }
      if (!aes_.Encrypt(reinterpret_cast<const uint8_t*>(s.in),
                        reinterpret_cast<uint8_t*>(s.out), count)) {
        return false;
      }
      const uint128 modulus = modulus_[i % 2];
      for (size_t k = 0; k < count; ++k) {
        const uint128 y = NumberOf(s.out[k], d_) % modulus;
        const uint128 c = changed[k] + (encrypt ? y : modulus - y);
        changed[k] = static_cast<uint64_t>(c % modulus);
      }
    }
    return true;
  }

  void Read(absl::Span<const uint8_t> numerals, Scratch& s) const {
    for (size_t k = 0; k * shape_.n < numerals.size(); ++k) {
      const auto message = numerals.subspan(k * shape_.n, shape_.n);
      s.a[k] = ReadNumber(message.first(shape_.u()), shape_.radix);
      s.b[k] = ReadNumber(message.last(shape_.v()), shape_.radix);
    }
  }

  void Write(const Scratch& s, absl::Span<uint8_t> numerals) const {
    for (size_t k = 0; k * shape_.n < numerals.size(); ++k) {
      const auto message = numerals.subspan(k * shape_.n, shape_.n);
      WriteNumber(s.a[k], shape_.radix, message.first(shape_.u()));
      WriteNumber(s.b[k], shape_.radix, message.last(shape_.v()));
    }
  }

 private:
  const AesEcb::Lease& aes_;
  const Ff1Shape shape_;
  const Ff1Direction direction_;
  const uint128 modulus_[2];
  const size_t b_;
  const size_t d_;
};

}  // namespace

bool Ff1WordFits(const Ff1Shape& shape) {
  return Ff1Power(shape.radix, shape.v()) <= kFf1PowerMax;
}

bool Ff1Word(const AesEcb::Lease& aes, const Ff1Shape& shape,
             Ff1Direction direction, absl::Span<uint8_t> numerals,
             absl::Span<const uint8_t> tweaks) {
  const auto p = Ff1FirstBlock(shape);
  Ff1Block e_p;
  if (!aes.Encrypt(p.data(), reinterpret_cast<uint8_t*>(&e_p), 1)) return false;

  const WordRounds rounds(aes, shape, direction);
  Scratch s;
  bool ok = true;
  for (size_t done = 0; ok && done < numerals.size();) {
    const size_t count = std::min((numerals.size() - done) / shape.n, kChunk);
    const auto chunk = numerals.subspan(done, count * shape.n);
    const Ff1Tweaks chunk_tweaks = {
        .all = tweaks.subspan(done / shape.n * shape.t, count * shape.t),
        .t = shape.t,
        .b = rounds.b()};
    rounds.Read(chunk, s);
    ok = Ff1Bases(aes, e_p, chunk_tweaks, absl::MakeSpan(s.base, count)) &&
         rounds.Run(s, count);
    if (ok) rounds.Write(s, chunk);
    done += chunk.size();
  }
  WipeMemory(&s, sizeof(s));
  return ok;
}

}  // namespace panvault::crypto
