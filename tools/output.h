// What the command line prints: tables for people, JSON and CSV for programs.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "google/protobuf/message.h"
#include "nlohmann/json.hpp"

namespace vigie::tools {

enum class OutputFormat : std::uint8_t { kTable, kJson, kCsv };

using Json = nlohmann::ordered_json;

// A message as JSON with the names of the contract in snake_case. Numbers are numbers, an enum is
// its value's name without prefix in lower case ("qualified"), a Timestamp is ISO 8601 in UTC, a
// Date is YYYY-MM-DD with 00 for unknown parts. A message that is not there is left out.
Json ToJson(const google::protobuf::Message& message);

struct Table {
  std::vector<std::string> columns;
  std::vector<std::vector<std::string>> rows;
};

// Aligned columns; nothing but the head when there are no rows. Control characters are shown as
// '?', so that a value from a base cannot steer a terminal.
std::string FormatTable(const Table& table);
std::string FormatCsv(const Table& table);
// As many terminal columns as the text takes (one per code point).
std::size_t DisplayWidth(std::string_view text);
std::string Printable(std::string_view text);

// Prints to standard output in the format asked for. False when it cannot be written.
bool Print(OutputFormat format, const Table& table, const Json& json);
bool PrintText(std::string_view text);

}  // namespace vigie::tools
