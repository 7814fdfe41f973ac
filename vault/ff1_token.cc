#include "vault/ff1_token.h"

#include <algorithm>
#include <array>

#include "crypto/luhn.h"
#include "crypto/secret_bytes.h"
#include "vault/pan.h"
#include "vault/token_tweak.h"

namespace panvault::vault {
namespace {

// What the floor layout sets the remainder of the PAN to before it permutes.
// Any of 1 to 9 would do; changing it changes every token.
constexpr unsigned kFloorRemainder = 1;

// The permuted digits of a batch, side by side. Wiped when destroyed.
class Workspace {
 public:
  explicit Workspace(const TokenLayout& layout) : layout_(layout) {}
  Workspace(const Workspace&) = delete;
  Workspace& operator=(const Workspace&) = delete;
  ~Workspace() { crypto::WipeMemory(numerals_.data(), used_); }

  // Permutes the numbers of `batch` whose indices are `members`.
  absl::Status Permute(Permutation permutation, const TokenBatch& batch,
                       absl::Span<const uint16_t> members) {
    const size_t width = layout_.permuted_digits();
    used_ = std::max(used_, members.size() * width);
    for (size_t i = 0; i < members.size(); ++i) {
      std::copy_n(Permuted(batch, members[i]), width, &numerals_[i * width]);
      std::copy_n(&batch.tweaks[members[i] * kTweakBytes], kTweakBytes,
                  &tweaks_[i * kTweakBytes]);
    }
    const crypto::Ff1Batch ff1_batch = {
        .length = width,
        .tweak_bytes = kTweakBytes,
        .numerals = absl::MakeSpan(numerals_).first(members.size() * width),
        .tweaks =
            absl::MakeConstSpan(tweaks_).first(members.size() * kTweakBytes)};
    const absl::Status status = permutation(ff1_batch);
    if (!status.ok()) return status;
    for (size_t i = 0; i < members.size(); ++i) {
      std::copy_n(&numerals_[i * width], width, Permuted(batch, members[i]));
    }
    return absl::OkStatus();
  }

 private:
  uint8_t* Permuted(const TokenBatch& batch, size_t index) const {
    return &batch.digits[index * layout_.length + layout_.front];
  }

  const TokenLayout& layout_;
  size_t used_ = 0;
  // Not initialised: a batch of one must not pay for 256.
  std::array<uint8_t, kTokenBatchMax * kPanDigitsMax> numerals_;
  std::array<uint8_t, kTokenBatchMax * kTweakBytes> tweaks_;
};

// Indices into a batch.
struct Members {
  size_t count = 0;
  std::array<uint16_t, kTokenBatchMax> index;

  void Add(size_t i) { index[count++] = static_cast<uint16_t>(i); }
  absl::Span<const uint16_t> span() const {
    return absl::MakeConstSpan(index).first(count);
  }
};

absl::Span<uint8_t> Number(const TokenLayout& layout, const TokenBatch& batch,
                           size_t i) {
  return batch.digits.subspan(i * layout.length, layout.length);
}

void SetRemainder(const TokenLayout& layout, absl::Span<uint8_t> number,
                  unsigned remainder) {
  const size_t p = layout.check_position();
  number[p] = crypto::LuhnDigitFor(number, p, remainder);
}

absl::Status CheckShape(const TokenLayout& layout, const TokenBatch& batch) {
  const size_t count = batch.digits.size() / layout.length;
  if (count == 0 || count > kTokenBatchMax ||
      batch.digits.size() != count * layout.length ||
      batch.tweaks.size() != count * kTweakBytes) {
    return absl::InternalError("a token batch of a wrong shape");
  }
  return absl::OkStatus();
}

// Both directions of the versioned layout: the check digit is not permuted, and
// is restored from the remainder that PANs and tokens have.
absl::Status RunVersioned(const TokenLayout& layout, unsigned remainder,
                          Permutation permutation, const TokenBatch& batch) {
  const size_t count = batch.digits.size() / layout.length;
  Members members;
  for (size_t i = 0; i < count; ++i) members.Add(i);
  const absl::Status status =
      Workspace(layout).Permute(permutation, batch, members.span());
  if (!status.ok()) return status;
  for (size_t i = 0; i < count; ++i) {
    SetRemainder(layout, Number(layout, batch, i), remainder);
  }
  return absl::OkStatus();
}

// How many times the walk may meet remainder 0 before it must leave: each
// number of the cycle is met once, and one in ten has remainder 0.
size_t WalkStepsMax(const TokenLayout& layout) {
  size_t numbers = 1;
  for (size_t i = 0; i + 1 < layout.free_digits(); ++i) numbers *= 10;
  return numbers + 1;
}

// Permutes each member until its remainder is not 0. Ends, because the walk
// starts at a number of that kind and a permutation's cycle leads back to it;
// 1.11 steps on average, and 64 would happen once in 10^64 walks. More than the
// bound means that `permutation` is none.
absl::Status Walk(const TokenLayout& layout, Permutation permutation,
                  const TokenBatch& batch, Members& members) {
  Workspace workspace(layout);
  const size_t steps_max = WalkStepsMax(layout);
  for (size_t step = 0; members.count > 0; ++step) {
    if (step == steps_max) {
      return absl::InternalError("a cycle walk did not end");
    }
    const absl::Status status =
        workspace.Permute(permutation, batch, members.span());
    if (!status.ok()) return status;
    const size_t walked = members.count;
    members.count = 0;
    for (size_t m = 0; m < walked; ++m) {
      const uint16_t i = members.index[m];
      if (crypto::LuhnRemainder(Number(layout, batch, i)) == 0) members.Add(i);
    }
  }
  return absl::OkStatus();
}

absl::Status FloorToTokens(const TokenLayout& layout, Permutation encrypt,
                           const TokenBatch& batch) {
  Members members;
  for (size_t i = 0; i < batch.digits.size() / layout.length; ++i) {
    SetRemainder(layout, Number(layout, batch, i), kFloorRemainder);
    members.Add(i);
  }
  return Walk(layout, encrypt, batch, members);
}

absl::Status FloorToPans(const TokenLayout& layout, Permutation decrypt,
                         const TokenBatch& batch, absl::Span<bool> known) {
  Members members;
  for (size_t i = 0; i < known.size(); ++i) {
    // A token never has remainder 0, and from there the walk might not end.
    known[i] = crypto::LuhnRemainder(Number(layout, batch, i)) != 0;
    if (known[i]) members.Add(i);
  }
  const absl::Status status = Walk(layout, decrypt, batch, members);
  if (!status.ok()) return status;
  for (size_t i = 0; i < known.size(); ++i) {
    if (!known[i]) continue;
    const absl::Span<uint8_t> number = Number(layout, batch, i);
    known[i] = crypto::LuhnRemainder(number) == kFloorRemainder;
    SetRemainder(layout, number, 0);
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status PansToTokens(const TokenLayout& layout, unsigned slot,
                          Permutation encrypt, const TokenBatch& batch) {
  const absl::Status shape = CheckShape(layout, batch);
  if (!shape.ok()) return shape;
  switch (layout.kind) {
    case LayoutKind::kVersioned:
      return RunVersioned(layout, slot, encrypt, batch);
    case LayoutKind::kFloor:
      return FloorToTokens(layout, encrypt, batch);
  }
  return absl::InternalError("unknown layout");
}

absl::Status TokensToPans(const TokenLayout& layout, Permutation decrypt,
                          const TokenBatch& batch, absl::Span<bool> known) {
  const absl::Status shape = CheckShape(layout, batch);
  if (!shape.ok()) return shape;
  if (known.size() != batch.digits.size() / layout.length) {
    return absl::InternalError("a token batch of a wrong shape");
  }
  switch (layout.kind) {
    case LayoutKind::kVersioned:
      std::fill(known.begin(), known.end(), true);
      return RunVersioned(layout, 0, decrypt, batch);
    case LayoutKind::kFloor:
      return FloorToPans(layout, decrypt, batch, known);
  }
  return absl::InternalError("unknown layout");
}

}  // namespace panvault::vault
