#include "server/batch_calls.h"

#include <cstddef>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/limits.h"
#include "server/single_calls.h"
#include "server/status.h"
#include "server/wipe_messages.h"
#include "server/write_answer.h"
#include "vault/errors.h"
#include "vault/tokenizer.h"

namespace panvault::server {
namespace {

bool ReferenceFits(const std::string& reference) {
  return reference.size() <= kReferenceBytesMax;
}

absl::Status ReferenceTooLong() {
  return vault::MakeError(
      {.reason = vault::Reason::kReferenceLength,
       .field = "reference",
       .limit = absl::StrCat("at most ", kReferenceBytesMax, " bytes")},
      absl::StrCat("a reference has at most ", kReferenceBytesMax, " bytes"));
}

// Writes what both kinds of result have: the reference, and the error of an
// item that was refused. Returns whether the item was served.
template <typename Item, typename Result>
bool WriteOutcome(const Item& item, const absl::Status& status, Result& result,
                  ItemCounts& counts) {
  const bool fits = ReferenceFits(item.reference());
  if (fits) result.set_reference(item.reference());
  const absl::Status& outcome = fits ? status : ReferenceTooLong();
  counts.Count(outcome);
  if (!outcome.ok()) WriteItemError(outcome, *result.mutable_error());
  return outcome.ok();
}

}  // namespace

absl::Status CheckBatchSize(size_t items) {
  if (items >= 1 && items <= kBatchItemsMax) return absl::OkStatus();
  const std::string limit = absl::StrCat("1 to ", kBatchItemsMax, " items");
  return vault::MakeError(
      {.reason = vault::Reason::kBatchSize, .field = "items", .limit = limit},
      absl::StrCat("a batch has ", limit));
}

absl::Status AnswerBatchTokenize(const vault::Keyset& keyset,
                                 const v1::BatchTokenizeRequest& request,
                                 v1::BatchTokenizeResponse& response,
                                 ItemCounts& counts) {
  const auto size = static_cast<size_t>(request.items_size());
  const absl::Status checked = CheckBatchSize(size);
  if (!checked.ok()) return checked;

  std::vector<vault::TokenizeItem> items(size);
  for (size_t i = 0; i < size; ++i) {
    const v1::BatchTokenizeItem& item = request.items(static_cast<int>(i));
    items[i].pan = item.pan();
    items[i].context = item.context();
  }
  vault::Tokenize(keyset, absl::MakeSpan(items));

  WipeAndClear(response);
  response.mutable_results()->Reserve(request.items_size());
  for (size_t i = 0; i < size; ++i) {
    v1::BatchTokenizeResult& result = *response.add_results();
    if (WriteOutcome(request.items(static_cast<int>(i)), items[i].status,
                     result, counts)) {
      WriteTokenized(items[i], *result.mutable_tokenized());
    }
  }
  return absl::OkStatus();
}

absl::Status AnswerBatchDetokenize(const vault::Keyset& keyset,
                                   const v1::BatchDetokenizeRequest& request,
                                   v1::BatchDetokenizeResponse& response,
                                   ItemCounts& counts) {
  const auto size = static_cast<size_t>(request.items_size());
  const absl::Status checked = CheckBatchSize(size);
  if (!checked.ok()) return checked;

  std::vector<vault::DetokenizeItem> items(size);
  for (size_t i = 0; i < size; ++i) {
    const v1::BatchDetokenizeItem& item = request.items(static_cast<int>(i));
    items[i].token = item.token();
    items[i].context = item.context();
    items[i].key_version = item.key_version();
  }
  vault::Detokenize(keyset, absl::MakeSpan(items));

  const vault::Reveal reveal = *RevealOf(request.reveal());
  WipeAndClear(response);
  response.mutable_results()->Reserve(request.items_size());
  for (size_t i = 0; i < size; ++i) {
    v1::BatchDetokenizeResult& result = *response.add_results();
    if (WriteOutcome(request.items(static_cast<int>(i)), items[i].status,
                     result, counts)) {
      WriteRevealedPan(*items[i].pan, reveal,
                       *result.mutable_detokenized()->mutable_pan());
    }
  }
  return absl::OkStatus();
}

}  // namespace panvault::server
