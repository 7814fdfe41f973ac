// What this shows: nothing of a card number is left in a message of the data
// plane that was wiped. The messages' descriptors are walked, so that a field
// which is added and forgotten fails here.

#include "server/wipe_messages.h"

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "gtest/gtest.h"

namespace panvault::server {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::OneofDescriptor;
using google::protobuf::Reflection;

// Long enough to be on the heap, and short enough to be in the string itself.
const char* const kMarkers[] = {"4111111111111111 4111111111111111",
                                "41111111"};

// Every repeated field has this many entries; each takes another alternative
// of a oneof.
constexpr int kEntries = 3;

struct Options {
  bool is_request = false;
  std::string marker;
};

// What a caller can fill with anything. The texts of an answer are ours.
bool IsSecret(const FieldDescriptor& field, const Options& options) {
  return field.type() == FieldDescriptor::TYPE_BYTES ||
         (field.type() == FieldDescriptor::TYPE_STRING && options.is_request);
}

// Fills every secret of `message`, at every depth; returns how many. `variant`
// picks the alternative of a oneof.
int Fill(Message& message, const Options& options, int variant) {
  const Descriptor& type = *message.GetDescriptor();
  const Reflection& reflection = *message.GetReflection();
  int filled = 0;
  for (int f = 0; f < type.field_count(); ++f) {
    const FieldDescriptor& field = *type.field(f);
    const OneofDescriptor* const oneof = field.real_containing_oneof();
    if (oneof != nullptr &&
        variant % oneof->field_count() != field.index_in_oneof()) {
      continue;
    }
    const int entries = field.is_repeated() ? kEntries : 1;
    for (int i = 0; i < entries; ++i) {
      if (field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
        Message& inner = field.is_repeated()
                             ? *reflection.AddMessage(&message, &field)
                             : *reflection.MutableMessage(&message, &field);
        filled += Fill(inner, options, variant + i);
      } else if (IsSecret(field, options)) {
        if (field.is_repeated()) {
          reflection.AddString(&message, &field, options.marker);
        } else {
          reflection.SetString(&message, &field, options.marker);
        }
        ++filled;
      }
    }
  }
  return filled;
}

// Calls visit(where, value) for every secret that is set, at every depth.
void Visit(const Message& message, const Options& options,
           const std::string& where,
           const std::function<void(const std::string& where,
                                    const std::string& value)>& visit) {
  const Reflection& reflection = *message.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection.ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    const std::string name = absl::StrCat(where, ".", field->name());
    const bool is_message =
        field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE;
    if (!is_message && !IsSecret(*field, options)) continue;
    const int entries =
        field->is_repeated() ? reflection.FieldSize(message, field) : 1;
    for (int i = 0; i < entries; ++i) {
      if (is_message) {
        Visit(field->is_repeated()
                  ? reflection.GetRepeatedMessage(message, field, i)
                  : reflection.GetMessage(message, field),
              options, name, visit);
      } else {
        visit(name, field->is_repeated()
                        ? reflection.GetRepeatedString(message, field, i)
                        : reflection.GetString(message, field));
      }
    }
  }
}

struct Checked {
  std::set<std::string> types;
  int secrets = 0;
};

template <typename T>
void Check(bool is_request, Checked& checked) {
  const std::string name = T::descriptor()->name();
  checked.types.insert(T::descriptor()->full_name());
  for (const char* marker : kMarkers) {
    const Options options{is_request, marker};
    for (int variant = 0; variant < kEntries; ++variant) {
      T message;
      const int filled = Fill(message, options, variant);
      int seen = 0;
      Visit(message, options, name,
            [&](const std::string& where, const std::string& value) {
              EXPECT_EQ(value, marker) << where;
              ++seen;
            });
      ASSERT_EQ(seen, filled) << name;
      checked.secrets += filled;

      WipeSecrets(message);
      Visit(message, options, name,
            [&](const std::string& where, const std::string& value) {
              EXPECT_EQ(std::count(value.begin(), value.end(), '\0'),
                        static_cast<std::ptrdiff_t>(value.size()))
                  << where << " is not wiped";
            });
      WipeAndClear(message);
      EXPECT_EQ(message.ByteSizeLong(), 0u) << name;
    }
  }
}

template <typename Request, typename Response>
void CheckRpc(Checked& checked) {
  Check<Request>(true, checked);
  Check<Response>(false, checked);
}

TEST(WipeMessages, LeaveNoSecretOfAnyRpcOfTheDataPlane) {
  Checked checked;
  CheckRpc<v1::TokenizeRequest, v1::TokenizeResponse>(checked);
  CheckRpc<v1::DetokenizeRequest, v1::DetokenizeResponse>(checked);
  CheckRpc<v1::BatchTokenizeRequest, v1::BatchTokenizeResponse>(checked);
  CheckRpc<v1::BatchDetokenizeRequest, v1::BatchDetokenizeResponse>(checked);
  CheckRpc<v1::BulkTokenizeRequest, v1::BulkTokenizeResponse>(checked);
  CheckRpc<v1::BulkDetokenizeRequest, v1::BulkDetokenizeResponse>(checked);
  CheckRpc<v1::ValidateTokenRequest, v1::ValidateTokenResponse>(checked);
  EXPECT_GT(checked.secrets, 100) << "the walk found next to nothing";

  std::set<std::string> of_the_service;
  const auto& service =
      *v1::TokenizeRequest::descriptor()->file()->FindServiceByName(
          "TokenVaultService");
  for (int m = 0; m < service.method_count(); ++m) {
    of_the_service.insert(service.method(m)->input_type()->full_name());
    of_the_service.insert(service.method(m)->output_type()->full_name());
  }
  EXPECT_EQ(checked.types, of_the_service);
}

TEST(WipeMessages, TheWalkReachesEveryFieldOfEveryType) {
  // By type, which secrets it has; a new field shows up here by its name.
  std::map<std::string, std::set<std::string>> fields;
  const auto collect = [&fields](auto message, bool is_request) {
    const Options options{is_request, "4111"};
    for (int variant = 0; variant < kEntries; ++variant) {
      Fill(message, options, variant);
      Visit(message, options, "",
            [&](const std::string& where, const std::string& /*value*/) {
              fields[message.GetDescriptor()->name()].insert(where);
            });
    }
  };
  collect(v1::BatchTokenizeRequest(), true);
  collect(v1::BatchDetokenizeResponse(), false);
  collect(v1::BulkTokenizeRequest(), true);
  collect(v1::ValidateTokenResponse(), false);
  const std::map<std::string, std::set<std::string>> expected = {
      {"BatchTokenizeRequest",
       {".profile", ".items.pan", ".items.context", ".items.reference"}},
      {"BatchDetokenizeResponse",
       {".results.reference", ".results.detokenized.pan"}},
      {"BulkTokenizeRequest", {".profile", ".context", ".columns.digits"}},
  };
  EXPECT_EQ(fields, expected);
}

TEST(WipeMessages, LeaveNothingInTheMemoryThatStays) {
  v1::TokenizeRequest message;
  message.set_pan(kMarkers[0]);
  const char* const memory = message.pan().data();
  const size_t size = message.pan().size();
  WipeAndClear(message);
  ASSERT_EQ(message.mutable_pan()->data(), memory) << "was freed";
  EXPECT_EQ(std::count(memory, memory + size, '\0'),
            static_cast<std::ptrdiff_t>(size));
}

TEST(WipeMessages, DoNothingToAnEmptyMessage) {
  v1::BatchTokenizeResponse message;
  message.add_results()->mutable_error()->set_code(3);
  message.add_results();
  WipeSecrets(message);
  ASSERT_EQ(message.results_size(), 2);
  EXPECT_EQ(message.results(0).error().code(), 3);
  EXPECT_EQ(message.results(1).outcome_case(),
            v1::BatchTokenizeResult::OUTCOME_NOT_SET);
}

}  // namespace
}  // namespace panvault::server
