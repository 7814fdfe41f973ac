#include "server/json_line.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "absl/strings/str_cat.h"

namespace panvault::server {
namespace {

// A record has some 400 bytes.
constexpr size_t kUsualBytes = 512;

// The time to the second, written once a second and thread: the calendar costs
// more than the rest of the line.
absl::string_view SecondText(int64_t unix_second) {
  thread_local int64_t written = INT64_MIN;
  thread_local std::string text;
  if (written != unix_second) {
    text = absl::FormatTime("%Y-%m-%dT%H:%M:%S",
                            absl::FromUnixSeconds(unix_second),
                            absl::UTCTimeZone());
    written = unix_second;
  }
  return text;
}

// An object and no function, so that a search with it is inlined.
constexpr auto kIsPlain = [](char c) {
  return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
};

void AppendEscaped(char c, std::string& text) {
  constexpr char kHex[] = "0123456789abcdef";
  const auto byte = static_cast<unsigned char>(c);
  if (byte >= 0x80) {
    text.append("\\ufffd");
    return;
  }
  text.append("\\u00");
  text.push_back(kHex[byte >> 4]);
  text.push_back(kHex[byte & 15]);
}

}  // namespace

JsonLine::JsonLine(absl::string_view event, absl::Time time) {
  text_.reserve(kUsualBytes);
  const int64_t micros = absl::ToUnixMicros(time);
  const int64_t second = absl::ToUnixSeconds(time);
  // The padding's leading 1 makes six digits of what may be fewer.
  const std::string fraction = absl::StrCat(1'000'000 + micros % 1'000'000);
  absl::StrAppend(&text_, "{\"time\":\"", SecondText(second), ".",
                  absl::string_view(fraction).substr(1), "Z\"");
  Add("event", event);
}

void JsonLine::Name(absl::string_view name) {
  absl::StrAppend(&text_, ",\"", name, "\":");
}

void JsonLine::Text(absl::string_view value) {
  text_.push_back('"');
  while (!value.empty()) {
    const auto end = std::find_if_not(value.begin(), value.end(), kIsPlain);
    const auto plain = static_cast<size_t>(end - value.begin());
    text_.append(value.data(), plain);
    value.remove_prefix(plain);
    if (value.empty()) break;
    AppendEscaped(value[0], text_);
    value.remove_prefix(1);
  }
  text_.push_back('"');
}

void JsonLine::Add(absl::string_view name, absl::string_view value) {
  Name(name);
  Text(value);
}

void JsonLine::Add(absl::string_view name, int64_t value) {
  Name(name);
  absl::StrAppend(&text_, value);
}

void JsonLine::Add(absl::string_view name,
                   absl::Span<const std::string> values) {
  Name(name);
  text_.push_back('[');
  for (size_t i = 0; i < values.size(); ++i) {
    if (i != 0) text_.push_back(',');
    Text(values[i]);
  }
  text_.push_back(']');
}

std::string JsonLine::Take() {
  absl::StrAppend(&text_, "}\n");
  std::string line = std::move(text_);
  text_.clear();
  return line;
}

}  // namespace panvault::server
