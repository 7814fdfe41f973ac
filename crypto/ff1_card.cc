#include "crypto/ff1_card.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <type_traits>
#include <utility>

#include "crypto/ff1_card_avx2.h"
#include "crypto/ff1_card_digits.h"
#include "crypto/secret_bytes.h"

namespace panvault::crypto {
namespace {

// Messages of one ECB call: what they need stays in the first-level cache, and
// the call is long enough for OpenSSL to interleave blocks.
constexpr size_t kChunk = 256;
// Fewer messages than this use, and wipe, only a part of the scratch memory.
constexpr size_t kFew = 8;

// Stored at once: AES loads sixteen bytes, and would wait for two stores of
// eight to leave the store buffer.
using WholeBlock = uint64_t __attribute__((vector_size(kAesBlockBytes)));

// What a chunk of `lanes` messages needs, in one piece so that it is wiped by
// one call.
template <typename Half>
class Scratch {
 public:
  explicit Scratch(size_t lanes) : lanes_(lanes) {}
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch() { WipeMemory(memory_, lanes_ * kLaneBytes); }

  Ff1Block* base() { return blocks(0); }
  Ff1Block* in() { return blocks(1); }
  Ff1Block* out() { return blocks(2); }
  Half* left() { return reinterpret_cast<Half*>(blocks(3)); }
  Half* right() { return left() + lanes_; }

 private:
  // An AVX2 register. AddressSanitizer of GCC 12 aligns a frame to no more.
  static constexpr size_t kAlignment = 32;
  static constexpr size_t kLaneBytes = 3 * sizeof(Ff1Block) + 2 * sizeof(Half);

  Ff1Block* blocks(size_t index) {
    return reinterpret_cast<Ff1Block*>(memory_) + index * lanes_;
  }

  const size_t lanes_;
  alignas(kAlignment) uint8_t memory_[kChunk * kLaneBytes];  // Not initialised.
};

// FF1 over messages of kN digits.
template <size_t kN, Ff1Direction kDirection, Ff1CardPath kPath>
class Card {
 public:
  static bool Run(const AesEcb::Lease& aes, const Ff1Block& e_p,
                  const Ff1Shape& shape, absl::Span<uint8_t> numerals,
                  absl::Span<const uint8_t> tweaks) {
    const size_t count = numerals.size() / kN;
    if (count == 1) return RunOne(aes, e_p, shape, numerals.data(), tweaks);
    Scratch<Stored> s(count <= kFew ? kFew : kChunk);
    for (size_t done = 0; done < count;) {
      const size_t lanes = std::min(count - done, kChunk);
      const Ff1Tweaks chunk_tweaks = {
          .all = tweaks.subspan(done * shape.t, lanes * shape.t),
          .t = shape.t,
          .b = kB};
      if (!Ff1Bases(aes, e_p, chunk_tweaks, absl::MakeSpan(s.base(), lanes)) ||
          !RunChunk(aes, s, lanes, numerals.data() + done * kN)) {
        return false;
      }
      done += lanes;
    }
    return true;
  }

 private:
  using Digits = CardDigits<kN>;
  static constexpr size_t kU = Digits::kU;
  static constexpr size_t kV = Digits::kV;
  static constexpr size_t kB = Ff1HalfBytes(PowerOf10(kV));
  static constexpr size_t kD = Ff1StringBytes(kB);
  static constexpr bool kEncrypt = kDirection == Ff1Direction::kEncrypt;
  // Holds a half.
  using Half = std::conditional_t<(kV <= 9), uint32_t, uint64_t>;
  static constexpr bool kAvx2 = kPath == Ff1CardPath::kAvx2;
  // As it is kept between rounds.
  using Stored = std::conditional_t<kAvx2, uint64_t, Half>;
  // Holds the sum of two halves, and a difference.
  using Signed = std::make_signed_t<Half>;
  static_assert(2 * PowerOf10(kV) - 2 <=
                static_cast<uint64_t>(std::numeric_limits<Signed>::max()));
  // [i]^1 || [NUM(B)]^b is within the last word of the block; S is a prefix of
  // R, so that step 6.iii never has to extend it.
  static_assert(1 + kB <= sizeof(Ff1Block::last));
  static_assert(kD <= kAesBlockBytes);

  // Step 6. Even rounds replace A and odd rounds B: instead of swapping them as
  // steps 6.viii and 6.ix do, the names change places. Input blocks of the next
  // round are made as soon as a half is known.
  static bool RunChunk(const AesEcb::Lease& aes, Scratch<Stored>& s,
                       size_t lanes, uint8_t* message) {
    ForEachSlot(lanes, [&](size_t k, size_t slot) {
      const auto a = static_cast<Half>(Digits::ReadLeft(message + k * kN));
      const auto b = static_cast<Half>(Digits::ReadRight(message + k * kN));
      s.left()[slot] = a;
      s.right()[slot] = b;
      PutInput(RoundOf(0), kEncrypt ? b : a, s.base()[k], s.in()[k]);
    });
    for (int step = 0; step < kFf1Rounds; ++step) {
      if (!aes.Encrypt(reinterpret_cast<const uint8_t*>(s.in()),
                       reinterpret_cast<uint8_t*>(s.out()), lanes)) {
        return false;
      }
      if (RoundOf(step) % 2 == 0) {
        Update<kU>(step, lanes, s, s.left());
      } else {
        Update<kV>(step, lanes, s, s.right());
      }
    }
    ForEachSlot(lanes, [&](size_t k, size_t slot) {
      Digits::Write(s.left()[slot], s.right()[slot], message + k * kN);
    });
    return true;
  }

  // Calls `visit` with each message of a chunk and where it has its halves.
  template <typename Visit>
  static void ForEachSlot(size_t lanes, const Visit& visit) {
    size_t k = 0;
    if constexpr (kAvx2) {
      for (; k + 4 <= lanes; k += 4) {
        for (size_t j = 0; j < 4; ++j) visit(k + j, k + Avx2Slot(j));
      }
    }
    for (; k < lanes; ++k) visit(k, k);
  }

  // As RunChunk, for one message: its halves stay in registers.
  static bool RunOne(const AesEcb::Lease& aes, const Ff1Block& e_p,
                     const Ff1Shape& shape, uint8_t* message,
                     absl::Span<const uint8_t> tweak) {
    struct {
      Ff1Block base, in, out;
    } s;
    bool ok = Ff1Bases(aes, e_p, {.all = tweak, .t = shape.t, .b = kB},
                       absl::MakeSpan(&s.base, 1));
    auto a = static_cast<Half>(Digits::ReadLeft(message));
    auto b = static_cast<Half>(Digits::ReadRight(message));
    PutInput(RoundOf(0), kEncrypt ? b : a, s.base, s.in);
    for (int step = 0; ok && step < kFf1Rounds; ++step) {
      ok = aes.Encrypt(reinterpret_cast<const uint8_t*>(&s.in),
                       reinterpret_cast<uint8_t*>(&s.out), 1);
      Half& half = RoundOf(step) % 2 == 0 ? a : b;
      half = RoundOf(step) % 2 == 0 ? Combine<kU>(a, s.out)
                                    : Combine<kV>(b, s.out);
      PutInput(RoundOf(step + 1), half, s.base, s.in);
    }
    if (ok) Digits::Write(a, b, message);
    WipeMemory(&s, sizeof(s));
    return ok;
  }

  // i of a step.
  static int RoundOf(int step) {
    return kEncrypt ? step : kFf1Rounds - 1 - step;
  }

  // Steps 6.iv to 6.vii over `half`, of kM digits; and 6.i of the next step.
  template <size_t kM>
  static void Update(int step, size_t lanes, Scratch<Stored>& s,
                     Stored* __restrict half) {
    const Ff1Block* const __restrict out = s.out();
    const Ff1Block* const __restrict base = s.base();
    Ff1Block* const __restrict in = s.in();
    const int next = RoundOf(step + 1);
    size_t k = 0;
    if constexpr (kAvx2) {
      Ff1RoundAvx2<PowerOf10(kM), kB, kEncrypt>(next, lanes / 4, half, out,
                                                base, in);
      k = lanes / 4 * 4;
    }
#pragma GCC unroll 4
    for (; k < lanes; ++k) {
      const Half sum = Combine<kM>(static_cast<Half>(half[k]), out[k]);
      half[k] = sum;
      PutInput(next, sum, base[k], in[k]);
    }
  }

  // half + y or half - y, modulo 10^kM, where y is the first kD bytes of `r`.
  template <size_t kM>
  static Half Combine(Half half, const Ff1Block& r) {
    constexpr auto kModulus = static_cast<Half>(PowerOf10(kM));
    uint64_t y = __builtin_bswap64(r.first);
    if constexpr (kD == 12) {
      // Four bytes more, in steps that do not overflow.
      static_assert(kModulus < uint64_t{1} << 48);
      const uint32_t rest = __builtin_bswap32(static_cast<uint32_t>(r.last));
      y = ((y % kModulus) << 16) + (rest >> 16);
      y = ((y % kModulus) << 16) + (rest & 0xffff);
    }
    // y mod 10^kM as y - multiple, and in Half, which wraps: the sum with y
    // need not wait for the quotient.
    const auto low = static_cast<Half>(y);
    const auto multiple = static_cast<Half>(y / kModulus * kModulus);
    const Half c =
        kEncrypt ? half - kModulus + low - multiple : half - low + multiple;
    // c, as a signed number, is in [-10^kM, 10^kM). A mask of its sign instead
    // of a comparison: never a branch.
    const auto sign = static_cast<Signed>(c) >> (8 * sizeof(c) - 1);
    return c + (kModulus & static_cast<Half>(sign));
  }

  // base xor [i]^1 || [half]^b.
  static void PutInput(int i, Half half, const Ff1Block& base, Ff1Block& in) {
    const uint64_t q = (static_cast<uint64_t>(i) << (8 * kB)) | half;
    const WholeBlock block = {base.first, base.last ^ __builtin_bswap64(q)};
    std::memcpy(&in, &block, sizeof(block));
  }
};

using Runner = bool (*)(const AesEcb::Lease&, const Ff1Block&, const Ff1Shape&,
                        absl::Span<uint8_t>, absl::Span<const uint8_t>);

template <Ff1Direction kDirection, Ff1CardPath kPath, size_t... kIndex>
constexpr std::array<Runner, sizeof...(kIndex)> Runners(
    std::index_sequence<kIndex...>) {
  return {Card < kFf1CardDigitsMin + kIndex, kDirection,
          kFf1CardDigitsMin + kIndex <= kFf1Avx2DigitsMax
              ? kPath
              : Ff1CardPath::kPortable > ::Run...};
}

using Lengths =
    std::make_index_sequence<kFf1CardDigitsMax - kFf1CardDigitsMin + 1>;

#ifdef __x86_64__
constexpr auto kFastest = Ff1CardPath::kAvx2;
#else
constexpr auto kFastest = Ff1CardPath::kPortable;
#endif

template <Ff1Direction kDirection>
Runner RunnerFor(size_t n, Ff1CardPath path) {
  static constexpr auto kPortable =
      Runners<kDirection, Ff1CardPath::kPortable>(Lengths());
  static constexpr auto kFast = Runners<kDirection, kFastest>(Lengths());
  return (path == kFastest ? kFast : kPortable)[n - kFf1CardDigitsMin];
}

}  // namespace

Ff1CardBlocks::~Ff1CardBlocks() { WipeMemory(e_p_, sizeof(e_p_)); }

bool Ff1CardBlocks::Fill(const AesEcb::Lease& aes) {
  for (size_t n = kFf1CardDigitsMin; n <= kFf1CardDigitsMax; ++n) {
    for (size_t t = 0; t < kTweakLengths; ++t) {
      const auto p = Ff1FirstBlock({.radix = 10, .n = n, .t = t});
      std::memcpy(&e_p_[n - kFf1CardDigitsMin][t], p.data(), p.size());
    }
  }
  auto* const bytes = reinterpret_cast<uint8_t*>(e_p_);
  return aes.Encrypt(bytes, bytes, kLengths * kTweakLengths);
}

Ff1CardPath Ff1CardPathFor(size_t messages) {
#ifdef __x86_64__
  static const bool avx2 = __builtin_cpu_supports("avx2") != 0;
#else
  constexpr bool avx2 = false;
#endif
  return avx2 && messages >= kFf1Avx2MessagesMin ? Ff1CardPath::kAvx2
                                                 : Ff1CardPath::kPortable;
}

bool Ff1Card(const AesEcb::Lease& aes, const Ff1CardBlocks& blocks,
             const Ff1Shape& shape, Ff1Direction direction, Ff1CardPath path,
             absl::Span<uint8_t> numerals, absl::Span<const uint8_t> tweaks) {
  Ff1Block computed;
  const Ff1Block* e_p = blocks.Find(shape);
  if (e_p == nullptr) {
    const auto p = Ff1FirstBlock(shape);
    if (!aes.Encrypt(p.data(), reinterpret_cast<uint8_t*>(&computed), 1)) {
      return false;
    }
    e_p = &computed;
  }
  const Runner runner = direction == Ff1Direction::kEncrypt
                            ? RunnerFor<Ff1Direction::kEncrypt>(shape.n, path)
                            : RunnerFor<Ff1Direction::kDecrypt>(shape.n, path);
  return runner(aes, *e_p, shape, numerals, tweaks);
}

}  // namespace panvault::crypto
