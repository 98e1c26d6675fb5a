#include "tools/output.h"

#include <algorithm>
#include <cstdio>

#include "absl/time/time.h"
#include "fmt/format.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/timestamp.pb.h"
#include "tools/csv.h"
#include "vigie/v1/types.pb.h"

namespace vigie::tools {
namespace {

using google::protobuf::EnumValueDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

// TRUST_STATUS_QUALIFIED -> qualified: what the zero value has before UNSPECIFIED is the prefix.
std::string EnumName(const EnumValueDescriptor& value) {
  const std::string& zero = value.type()->value(0)->name();
  const std::size_t prefix = zero.rfind("UNSPECIFIED");
  std::string name = value.name();
  if (prefix != std::string::npos && name.starts_with(zero.substr(0, prefix))) {
    name.erase(0, prefix);
  }
  for (char& c : name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return name;
}

Json MessageValue(const Message& message) {
  if (const auto* time = dynamic_cast<const google::protobuf::Timestamp*>(&message)) {
    return absl::FormatTime(
        "%Y-%m-%dT%H:%M:%E*SZ",
        absl::FromUnixSeconds(time->seconds()) + absl::Nanoseconds(time->nanos()),
        absl::UTCTimeZone());
  }
  if (const auto* date = dynamic_cast<const v1::Date*>(&message)) {
    if (date->year() == 0 && date->month() == 0 && date->day() == 0) return "";
    return fmt::format("{:04}-{:02}-{:02}", date->year(), date->month(), date->day());
  }
  return ToJson(message);
}

Json FieldValue(const Message& message, const Reflection& reflection, const FieldDescriptor* field,
                int index) {
  const bool repeated = field->is_repeated();
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      return repeated ? reflection.GetRepeatedString(message, field, index)
                      : reflection.GetString(message, field);
    case FieldDescriptor::CPPTYPE_BOOL:
      return repeated ? reflection.GetRepeatedBool(message, field, index)
                      : reflection.GetBool(message, field);
    case FieldDescriptor::CPPTYPE_INT32:
      return repeated ? reflection.GetRepeatedInt32(message, field, index)
                      : reflection.GetInt32(message, field);
    case FieldDescriptor::CPPTYPE_INT64:
      return repeated ? reflection.GetRepeatedInt64(message, field, index)
                      : reflection.GetInt64(message, field);
    case FieldDescriptor::CPPTYPE_UINT32:
      return repeated ? reflection.GetRepeatedUInt32(message, field, index)
                      : reflection.GetUInt32(message, field);
    case FieldDescriptor::CPPTYPE_UINT64:
      return repeated ? reflection.GetRepeatedUInt64(message, field, index)
                      : reflection.GetUInt64(message, field);
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return repeated ? reflection.GetRepeatedDouble(message, field, index)
                      : reflection.GetDouble(message, field);
    case FieldDescriptor::CPPTYPE_FLOAT:
      return repeated ? reflection.GetRepeatedFloat(message, field, index)
                      : reflection.GetFloat(message, field);
    case FieldDescriptor::CPPTYPE_ENUM:
      return EnumName(repeated ? *reflection.GetRepeatedEnum(message, field, index)
                               : *reflection.GetEnum(message, field));
    case FieldDescriptor::CPPTYPE_MESSAGE:
      break;
  }
  return MessageValue(repeated ? reflection.GetRepeatedMessage(message, field, index)
                               : reflection.GetMessage(message, field));
}

Json MapValue(const Message& message, const Reflection& reflection, const FieldDescriptor* field) {
  Json map = Json::object();
  std::vector<std::pair<std::string, Json>> entries;
  for (int i = 0; i < reflection.FieldSize(message, field); ++i) {
    const Message& entry = reflection.GetRepeatedMessage(message, field, i);
    const Reflection& inner = *entry.GetReflection();
    const Json key = FieldValue(entry, inner, entry.GetDescriptor()->FindFieldByNumber(1), 0);
    entries.emplace_back(key.is_string() ? key.get<std::string>() : key.dump(),
                         FieldValue(entry, inner, entry.GetDescriptor()->FindFieldByNumber(2), 0));
  }
  std::sort(entries.begin(), entries.end(),  // a map has no order of its own
            [](const auto& a, const auto& b) { return a.first < b.first; });
  for (auto& [key, value] : entries) map[key] = std::move(value);
  return map;
}

bool WriteAll(std::string_view text) {
  return std::fwrite(text.data(), 1, text.size(), stdout) == text.size() &&
         std::fflush(stdout) == 0;
}

}  // namespace

Json ToJson(const Message& message) {
  Json json = Json::object();
  const Reflection& reflection = *message.GetReflection();
  for (int i = 0; i < message.GetDescriptor()->field_count(); ++i) {
    const FieldDescriptor* field = message.GetDescriptor()->field(i);
    if (field->is_map()) {
      json[field->name()] = MapValue(message, reflection, field);
    } else if (field->is_repeated()) {
      Json list = Json::array();
      for (int j = 0; j < reflection.FieldSize(message, field); ++j) {
        list.push_back(FieldValue(message, reflection, field, j));
      }
      json[field->name()] = std::move(list);
    } else if (!field->has_presence() || reflection.HasField(message, field)) {
      json[field->name()] = FieldValue(message, reflection, field, 0);
    }
  }
  return json;
}

std::size_t DisplayWidth(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

std::string Printable(std::string_view text) {
  std::string printable(text);
  for (std::size_t i = 0; i < printable.size(); ++i) {
    const auto byte = static_cast<unsigned char>(printable[i]);
    const bool c1 = byte == 0xC2 && i + 1 < printable.size() &&
                    static_cast<unsigned char>(printable[i + 1]) < 0xA0;
    if (byte < 0x20 || byte == 0x7F) printable[i] = '?';
    if (c1) printable.replace(i, 2, "?");
  }
  return printable;
}

std::string FormatTable(const Table& table) {
  std::vector<std::size_t> widths;
  for (const std::string& column : table.columns) widths.push_back(DisplayWidth(column));
  for (const auto& row : table.rows) {
    for (std::size_t i = 0; i < row.size() && i < widths.size(); ++i) {
      widths[i] = std::max(widths[i], DisplayWidth(row[i]));
    }
  }
  std::string text;
  const auto add = [&](const std::vector<std::string>& row) {
    std::string line;
    for (std::size_t i = 0; i < row.size() && i < widths.size(); ++i) {
      const std::string cell = Printable(row[i]);
      line += cell + std::string(widths[i] - std::min(widths[i], DisplayWidth(cell)) + 2, ' ');
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  };
  add(table.columns);
  for (const auto& row : table.rows) add(row);
  return text;
}

std::string FormatCsv(const Table& table) {
  std::string text = FormatCsvRow(table.columns);
  for (const auto& row : table.rows) text += FormatCsvRow(row);
  return text;
}

bool PrintText(std::string_view text) { return WriteAll(text); }

bool Print(OutputFormat format, const Table& table, const Json& json) {
  switch (format) {
    case OutputFormat::kJson:
      return WriteAll(json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
    case OutputFormat::kCsv:
      return WriteAll(FormatCsv(table));
    case OutputFormat::kTable:
      break;
  }
  return WriteAll(FormatTable(table));
}

}  // namespace vigie::tools
