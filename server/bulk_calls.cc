#include "server/bulk_calls.h"

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "google/protobuf/repeated_field.h"
#include "server/batch_calls.h"
#include "server/limits.h"
#include "server/status.h"
#include "server/wipe_messages.h"
#include "server/write_answer.h"
#include "vault/errors.h"
#include "vault/pan.h"
#include "vault/reveal.h"
#include "vault/tokenizer.h"

namespace panvault::server {
namespace {

using Columns = google::protobuf::RepeatedPtrField<v1::Column>;

size_t ValuesOf(const v1::Column& column) {
  return column.digits().size() / column.width();
}

absl::string_view ValueAt(const v1::Column& column, size_t index) {
  return absl::string_view(column.digits())
      .substr(index * column.width(), column.width());
}

absl::Status CheckShape(const Columns& columns) {
  // Columns may be empty, but not without end: each costs memory.
  if (static_cast<size_t>(columns.size()) > kBatchItemsMax) {
    return CheckBatchSize(static_cast<size_t>(columns.size()));
  }
  size_t values = 0;
  for (const v1::Column& column : columns) {
    if (column.width() < vault::kPanDigitsMin ||
        column.width() > vault::kPanDigitsMax ||
        column.digits().size() % column.width() != 0) {
      const std::string limit =
          absl::StrCat("width ", vault::kPanDigitsMin, " to ",
                       vault::kPanDigitsMax, ", a whole number of values");
      return vault::MakeError({.reason = vault::Reason::kColumnShape,
                               .field = "columns",
                               .limit = limit},
                              "a column's bytes are a whole number of its "
                              "width, which is 12 to 19");
    }
    values += ValuesOf(column);
  }
  return CheckBatchSize(values);
}

absl::Status CheckContext(const std::string& context) {
  if (context.size() <= vault::kContextBytesMax) return absl::OkStatus();
  const std::string limit =
      absl::StrCat("at most ", vault::kContextBytesMax, " bytes");
  return vault::MakeError({.reason = vault::Reason::kContextLength,
                           .field = "context",
                           .limit = limit},
                          absl::StrCat("a context has ", limit));
}

// One entry for each value of `columns`, in order; set(entry, value) fills it.
template <typename Item, typename Set>
std::vector<Item> ItemsOf(const Columns& columns, Set set) {
  size_t values = 0;
  for (const v1::Column& column : columns) values += ValuesOf(column);
  std::vector<Item> items(values);
  size_t next = 0;
  for (const v1::Column& column : columns) {
    for (size_t i = 0; i < ValuesOf(column); ++i) {
      set(items[next++], ValueAt(column, i));
    }
  }
  return items;
}

// Writes `items` as columns of the request's shape; write(item, out) writes one
// that was served to its place.
template <typename Item, typename Response, typename Write>
void WriteColumns(const Columns& columns, const std::vector<Item>& items,
                  Write write, Response& response, ItemCounts& counts) {
  size_t next = 0;
  for (int c = 0; c < columns.size(); ++c) {
    const size_t width = columns[c].width();
    v1::Column& column = *response.add_columns();
    column.set_width(columns[c].width());
    std::string& digits = *column.mutable_digits();
    digits.assign(columns[c].digits().size(), '0');
    for (size_t i = 0; i < ValuesOf(columns[c]); ++i) {
      const Item& item = items[next++];
      counts.Count(item.status);
      if (item.status.ok()) {
        write(item, absl::MakeSpan(digits).subspan(i * width, width));
        continue;
      }
      v1::BulkItemError& error = *response.add_errors();
      error.set_column(static_cast<uint32_t>(c));
      error.set_index(static_cast<uint32_t>(i));
      WriteItemError(item.status, *error.mutable_error());
    }
  }
}

template <typename Request>
absl::Status CheckRequest(const Request& request) {
  const absl::Status shape = CheckShape(request.columns());
  return shape.ok() ? CheckContext(request.context()) : shape;
}

}  // namespace

absl::Status AnswerBulkTokenize(const vault::Keyset& keyset,
                                const v1::BulkTokenizeRequest& request,
                                v1::BulkTokenizeResponse& response,
                                ItemCounts& counts) {
  const absl::Status checked = CheckRequest(request);
  if (!checked.ok()) return checked;
  const auto primary = keyset.Primary();
  if (!primary.ok()) return primary.status();

  auto items = ItemsOf<vault::TokenizeItem>(
      request.columns(),
      [&request](vault::TokenizeItem& item, absl::string_view value) {
        item.pan = value;
        item.context = request.context();
      });
  vault::Tokenize(keyset, absl::MakeSpan(items));
  WipeAndClear(response);
  WriteColumns(
      request.columns(), items,
      [](const vault::TokenizeItem& item, absl::Span<char> out) {
        WriteDigits(*item.token, out);
      },
      response, counts);
  response.set_key_version((*primary)->version);
  return absl::OkStatus();
}

absl::Status AnswerBulkDetokenize(const vault::Keyset& keyset,
                                  const v1::BulkDetokenizeRequest& request,
                                  v1::BulkDetokenizeResponse& response,
                                  ItemCounts& counts) {
  const absl::Status checked = CheckRequest(request);
  if (!checked.ok()) return checked;

  auto items = ItemsOf<vault::DetokenizeItem>(
      request.columns(),
      [&request](vault::DetokenizeItem& item, absl::string_view value) {
        item.token = value;
        item.context = request.context();
        item.key_version = request.key_version();
      });
  vault::Detokenize(keyset, absl::MakeSpan(items));
  WipeAndClear(response);
  WriteColumns(
      request.columns(), items,
      [](const vault::DetokenizeItem& item, absl::Span<char> out) {
        vault::WriteRevealed(*item.pan, vault::Reveal::kFull, out);
      },
      response, counts);
  return absl::OkStatus();
}

}  // namespace panvault::server
