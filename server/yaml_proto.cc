#include "server/yaml_proto.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "google/protobuf/descriptor.h"
#include "server/yaml_tree.h"

namespace panvault::server {
namespace {

using google::protobuf::EnumDescriptor;
using google::protobuf::EnumValueDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using Kind = YamlNode::Kind;

// Whether a YAML 1.2 core schema reader takes the plain scalar for something
// other than a string.
bool LooksLikeOtherType(absl::string_view text) {
  if (absl::EqualsIgnoreCase(text, "true") ||
      absl::EqualsIgnoreCase(text, "false")) {
    return true;
  }
  absl::string_view unsigned_text = text;
  if (absl::StartsWith(text, "-") || absl::StartsWith(text, "+")) {
    unsigned_text.remove_prefix(1);
  }
  double number = 0;
  return absl::SimpleAtod(text, &number) || absl::StartsWith(text, "0x") ||
         absl::StartsWith(text, "0o") ||
         absl::EqualsIgnoreCase(unsigned_text, ".inf") ||
         absl::EqualsIgnoreCase(text, ".nan");
}

bool IsDecimal(absl::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return absl::ascii_isdigit(c);
  }) && (text.size() == 1 || text[0] != '0');
}

// "REVEAL_LEVEL_" of RevealLevel: what its zero value has before UNSPECIFIED.
absl::string_view PrefixOf(const EnumDescriptor& type) {
  absl::string_view zero = type.value(0)->name();
  zero.remove_suffix(std::min(zero.size(), sizeof("UNSPECIFIED") - 1));
  return zero;
}

const EnumValueDescriptor* EnumValue(const EnumDescriptor& type,
                                     const std::string& text) {
  const EnumValueDescriptor* const value =
      type.FindValueByName(absl::StrCat(PrefixOf(type), text));
  return value == nullptr || value->number() == 0 ? nullptr : value;
}

std::string EnumChoices(const EnumDescriptor& type) {
  std::vector<std::string> choices;
  for (int i = 1; i < type.value_count(); ++i) {
    choices.push_back(type.value(i)->name().substr(PrefixOf(type).size()));
  }
  return absl::StrJoin(choices, ", ");
}

class Reader final {
 public:
  explicit Reader(absl::string_view file) : file_(file) {}

  absl::Status ReadMap(const YamlNode& node, const std::string& path,
                       Message& message) const {
    if (node.kind != Kind::kMap) return Error(node, path, "want keys");
    for (const YamlNode& entry : node.items) {
      const std::string entry_path = YamlPath(path, entry.key);
      const FieldDescriptor* const field =
          message.GetDescriptor()->FindFieldByName(entry.key);
      if (field == nullptr) return Error(entry, entry_path, "unknown key");
      const absl::Status status = ReadField(entry, entry_path, *field, message);
      if (!status.ok()) return status;
    }
    return absl::OkStatus();
  }

 private:
  absl::Status Error(const YamlNode& node, absl::string_view path,
                     absl::string_view what) const {
    return YamlError(file_, node.line, path, what);
  }

  absl::Status ReadField(const YamlNode& node, const std::string& path,
                         const FieldDescriptor& field, Message& message) const {
    if (node.kind == Kind::kNull) return Error(node, path, "no value");
    if (!field.is_repeated()) return ReadValue(node, path, field, message);
    if (node.kind != Kind::kList) return Error(node, path, "want a list");
    for (size_t i = 0; i < node.items.size(); ++i) {
      const YamlNode& item = node.items[i];
      const std::string item_path = absl::StrCat(path, "[", i, "]");
      if (item.kind == Kind::kNull) return Error(item, item_path, "no value");
      const absl::Status status = ReadValue(item, item_path, field, message);
      if (!status.ok()) return status;
    }
    return absl::OkStatus();
  }

  // Sets or, if it is repeated, adds to the field.
  absl::Status ReadValue(const YamlNode& node, const std::string& path,
                         const FieldDescriptor& field, Message& message) const {
    switch (field.cpp_type()) {
      case FieldDescriptor::CPPTYPE_MESSAGE: {
        const auto& reflection = *message.GetReflection();
        return ReadMap(node, path,
                       field.is_repeated()
                           ? *reflection.AddMessage(&message, &field)
                           : *reflection.MutableMessage(&message, &field));
      }
      case FieldDescriptor::CPPTYPE_STRING:
        return ReadString(node, path, field, message);
      case FieldDescriptor::CPPTYPE_UINT32:
        return ReadNumber(node, path, field, message);
      case FieldDescriptor::CPPTYPE_BOOL:
        return ReadBool(node, path, field, message);
      case FieldDescriptor::CPPTYPE_ENUM:
        return ReadEnum(node, path, field, message);
      default:
        return absl::InternalError(
            "a field type that no YAML file of ours has");
    }
  }

  absl::Status ReadString(const YamlNode& node, const std::string& path,
                          const FieldDescriptor& field,
                          Message& message) const {
    if (node.kind != Kind::kPlain && node.kind != Kind::kQuoted) {
      return Error(node, path, "want a string");
    }
    if (node.kind == Kind::kPlain && LooksLikeOtherType(node.text)) {
      return Error(node, path, "want a string: put it in quotes");
    }
    if (absl::StrContains(node.text, '\0')) {
      return Error(node, path, "want a string without NUL");
    }
    const auto& reflection = *message.GetReflection();
    if (field.is_repeated()) {
      reflection.AddString(&message, &field, node.text);
    } else {
      reflection.SetString(&message, &field, node.text);
    }
    return absl::OkStatus();
  }

  absl::Status ReadNumber(const YamlNode& node, const std::string& path,
                          const FieldDescriptor& field,
                          Message& message) const {
    if (node.kind != Kind::kPlain || !IsDecimal(node.text)) {
      return Error(node, path, "want a whole number, decimal, not negative");
    }
    uint32_t number = 0;
    if (!absl::SimpleAtoi(node.text, &number)) {
      return Error(node, path, absl::StrCat("over ", UINT32_MAX));
    }
    const auto& reflection = *message.GetReflection();
    if (field.is_repeated()) {
      reflection.AddUInt32(&message, &field, number);
    } else {
      reflection.SetUInt32(&message, &field, number);
    }
    return absl::OkStatus();
  }

  absl::Status ReadBool(const YamlNode& node, const std::string& path,
                        const FieldDescriptor& field, Message& message) const {
    const bool is_true = node.text == "true";
    if (node.kind != Kind::kPlain || (!is_true && node.text != "false")) {
      return Error(node, path, "want true or false");
    }
    message.GetReflection()->SetBool(&message, &field, is_true);
    return absl::OkStatus();
  }

  absl::Status ReadEnum(const YamlNode& node, const std::string& path,
                        const FieldDescriptor& field, Message& message) const {
    const EnumDescriptor& type = *field.enum_type();
    const EnumValueDescriptor* const value =
        node.kind == Kind::kPlain || node.kind == Kind::kQuoted
            ? EnumValue(type, node.text)
            : nullptr;
    if (value == nullptr) {
      return Error(node, path, absl::StrCat("want one of ", EnumChoices(type)));
    }
    const auto& reflection = *message.GetReflection();
    if (field.is_repeated()) {
      reflection.AddEnum(&message, &field, value);
    } else {
      reflection.SetEnum(&message, &field, value);
    }
    return absl::OkStatus();
  }

  const absl::string_view file_;
};

}  // namespace

absl::Status ReadYaml(absl::string_view file, absl::string_view text,
                      google::protobuf::Message& message) {
  const absl::StatusOr<YamlNode> root = ParseYaml(file, text);
  if (!root.ok()) return root.status();
  return Reader(file).ReadMap(*root, "", message);
}

}  // namespace panvault::server
