#include "vault/tokenizer.h"

#include <algorithm>
#include <array>

#include "crypto/luhn.h"
#include "vault/errors.h"
#include "vault/item_groups.h"
#include "vault/token_group.h"
#include "vault/token_layout.h"

namespace panvault::vault {
namespace {

absl::Status CheckContext(absl::string_view context) {
  if (context.size() <= kContextBytesMax) return absl::OkStatus();
  return MakeError({Reason::kContextLength, "context", "at most 64 bytes"},
                   "a context has at most 64 bytes");
}

// The items of one window, by group. Items are taken in windows so that the
// scratch fits the stack, whatever the size of the batch.
template <typename Item>
struct Window {
  explicit Window(absl::Span<Item> window_items) : items(window_items) {}

  const absl::Span<Item> items;
  std::array<uint8_t, kTokenBatchMax> groups;
  std::array<uint16_t, kTokenBatchMax> order;
  // By slot; set for slots that occur in `groups`.
  std::array<const VersionKeys*, kKeySlots + 1> keys = {};
};

// Sets the outcome of an item that ends here, or its group.
template <typename Item>
void Assign(const absl::StatusOr<const VersionKeys*>& keys, size_t length,
            size_t i, Window<Item>& window) {
  window.items[i].status = keys.status();
  window.groups[i] = kNoGroup;
  if (!keys.ok()) return;
  window.keys[(*keys)->slot] = *keys;
  window.groups[i] = GroupOf((*keys)->slot, length);
}

// Calls run(keys, layout, indices) for each group, and gives its failure, which
// is one of the machine, to all of the group.
template <typename Item, typename Run>
void RunGroups(const TokenProfile& profile, Window<Item>& window,
               absl::string_view Item::*number, Run run) {
  const auto groups =
      absl::MakeConstSpan(window.groups).first(window.items.size());
  const size_t ordered =
      OrderByGroup(groups, absl::MakeSpan(window.order).first(groups.size()));
  const auto order = absl::MakeConstSpan(window.order).first(ordered);
  size_t end = 0;
  for (size_t begin = 0; begin < ordered; begin = end) {
    end = EndOfRun(groups, order, begin);
    const auto members = order.subspan(begin, end - begin);
    const size_t length = (window.items[members[0]].*number).size();
    const size_t slot = 1 + groups[members[0]] / (kGroups / kKeySlots);
    const absl::StatusOr<TokenLayout> layout = LayoutFor(profile, length);
    const absl::Status status = layout.ok()
                                    ? run(*window.keys[slot], *layout, members)
                                    : layout.status();
    if (status.ok()) continue;
    for (const uint16_t i : members) window.items[i].status = status;
  }
}

// What a PAN is tokenized with, or why it is refused.
absl::StatusOr<const VersionKeys*> Route(
    const TokenProfile& profile,
    const absl::StatusOr<const VersionKeys*>& primary,
    const TokenizeItem& item) {
  const absl::StatusOr<Pan> pan = Pan::Parse(item.pan);
  if (!pan.ok()) return pan.status();
  const absl::Status context = CheckContext(item.context);
  if (!context.ok()) return context;
  const absl::StatusOr<TokenLayout> layout = LayoutFor(profile, pan->length());
  if (!layout.ok()) return layout.status();
  return primary;
}

// What a token is read with, or why it is refused.
absl::StatusOr<const VersionKeys*> Route(const Keyset& keyset,
                                         const DetokenizeItem& item) {
  const absl::StatusOr<Token> token = Token::Parse(item.token);
  if (!token.ok()) return token.status();
  const absl::Status context = CheckContext(item.context);
  if (!context.ok()) return context;
  const absl::StatusOr<TokenLayout> layout =
      LayoutFor(keyset.profile(), token->length());
  if (!layout.ok()) return layout.status();

  if (layout->kind == LayoutKind::kFloor) {
    if (item.key_version == 0) {
      return MakeError({Reason::kKeyVersionRequired, "key_version", ""},
                       "a token in the floor layout needs the key version that "
                       "made it");
    }
    return keyset.ForVersion(item.key_version);
  }
  const unsigned slot = crypto::LuhnRemainder(token->digits());
  const KeyVersionInfo* const info = keyset.InfoForSlot(slot);
  if (info == nullptr ||
      (item.key_version != 0 && item.key_version != info->version)) {
    return TokenUnknownError();
  }
  return keyset.ForSlot(slot);
}

absl::Status TokenizeGroup(const VersionKeys& keys, const TokenLayout& layout,
                           absl::Span<const uint16_t> members,
                           absl::Span<TokenizeItem> items) {
  TokenGroup group(keys, layout);
  for (const uint16_t i : members) {
    const absl::Status added = group.Add(items[i].pan, items[i].context);
    if (!added.ok()) return added;
  }
  const absl::Status status = group.PansToTokens();
  if (!status.ok()) return status;
  for (size_t m = 0; m < members.size(); ++m) {
    TokenizeItem& item = items[members[m]];
    const absl::StatusOr<Token> token = Token::FromDigits(group.digits(m));
    if (!token.ok()) {
      item.status = absl::InternalError("a token came out malformed");
      continue;
    }
    item.token = *token;
    item.key_version = keys.version;
    item.key_version_required = layout.kind == LayoutKind::kFloor;
  }
  return absl::OkStatus();
}

absl::Status DetokenizeGroup(const VersionKeys& keys, const TokenLayout& layout,
                             absl::Span<const uint16_t> members,
                             absl::Span<DetokenizeItem> items) {
  TokenGroup group(keys, layout);
  for (const uint16_t i : members) {
    const absl::Status added = group.Add(items[i].token, items[i].context);
    if (!added.ok()) return added;
  }
  const absl::Status status = group.TokensToPans();
  if (!status.ok()) return status;
  for (size_t m = 0; m < members.size(); ++m) {
    DetokenizeItem& item = items[members[m]];
    if (!group.known(m)) {
      item.status = TokenUnknownError();
      continue;
    }
    const absl::StatusOr<Pan> pan = Pan::FromDigits(group.digits(m));
    if (!pan.ok()) {
      item.status = absl::InternalError("a PAN came out malformed");
      continue;
    }
    item.pan = *pan;
  }
  return absl::OkStatus();
}

}  // namespace

void Tokenize(const Keyset& keyset, absl::Span<TokenizeItem> items) {
  const absl::StatusOr<const VersionKeys*> primary = keyset.Primary();
  for (size_t done = 0; done < items.size(); done += kTokenBatchMax) {
    Window<TokenizeItem> window(items.subspan(done, kTokenBatchMax));
    for (size_t i = 0; i < window.items.size(); ++i) {
      TokenizeItem& item = window.items[i];
      item.token.reset();
      Assign(Route(keyset.profile(), primary, item), item.pan.size(), i,
             window);
    }
    RunGroups(keyset.profile(), window, &TokenizeItem::pan,
              [&window](const VersionKeys& keys, const TokenLayout& layout,
                        absl::Span<const uint16_t> members) {
                return TokenizeGroup(keys, layout, members, window.items);
              });
  }
}

void Detokenize(const Keyset& keyset, absl::Span<DetokenizeItem> items) {
  for (size_t done = 0; done < items.size(); done += kTokenBatchMax) {
    Window<DetokenizeItem> window(items.subspan(done, kTokenBatchMax));
    for (size_t i = 0; i < window.items.size(); ++i) {
      DetokenizeItem& item = window.items[i];
      item.pan.reset();
      Assign(Route(keyset, item), item.token.size(), i, window);
    }
    RunGroups(keyset.profile(), window, &DetokenizeItem::token,
              [&window](const VersionKeys& keys, const TokenLayout& layout,
                        absl::Span<const uint16_t> members) {
                return DetokenizeGroup(keys, layout, members, window.items);
              });
  }
}

absl::StatusOr<TokenCheck> CheckToken(const Keyset& keyset,
                                      absl::string_view text) {
  const absl::StatusOr<Token> token = Token::Parse(text);
  if (!token.ok()) return token.status();
  const absl::StatusOr<TokenLayout> layout =
      LayoutFor(keyset.profile(), token->length());
  if (!layout.ok()) return TokenCheck{};
  const unsigned remainder = crypto::LuhnRemainder(token->digits());
  if (layout->kind == LayoutKind::kFloor) {
    return TokenCheck{.plausible = remainder != 0, .key_version = 0};
  }
  const KeyVersionInfo* const info = keyset.InfoForSlot(remainder);
  if (info == nullptr) return TokenCheck{};
  return TokenCheck{.plausible = true, .key_version = info->version};
}

}  // namespace panvault::vault
