// The technical log: JSON lines on standard error, one event a line.
//
// A line says what happened, never to whom: there is no way to pass a name, a birth date or a
// matricule here by accident, because values are numbers, durations, or texts wrapped in
// Token, which is for closed sets and identifiers of ours (method names, status codes, reasons,
// addresses, file paths, base ids). Control characters are escaped.
//
// Thread safety: everything here may be called from any thread.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>

namespace vigie::daemon {

enum class LogLevel : std::uint8_t { kTrace, kDebug, kInfo, kWarn, kError };

// "trace".."error"; anything else is kInfo (ValidateConfig has refused it before).
LogLevel ParseLogLevel(std::string_view name);

// A text that is known to hold nothing about a person.
struct Token {
  explicit Token(std::string_view text) : value(text) {}
  std::string value;
};

struct LogField {
  LogField(std::string_view field_name, std::int64_t number) : name(field_name), value(number) {}
  LogField(std::string_view field_name, int number)
      : name(field_name), value(static_cast<std::int64_t>(number)) {}
  LogField(std::string_view field_name, std::uint64_t number)
      : name(field_name), value(static_cast<std::int64_t>(number)) {}
  LogField(std::string_view field_name, double number) : name(field_name), value(number) {}
  LogField(std::string_view field_name, Token token)
      : name(field_name), value(std::move(token.value)) {}
  std::string_view name;
  std::variant<std::int64_t, double, std::string> value;
};

// Sends the log to standard error from `level` on. Called once at start, and on reload.
void StartLog(LogLevel level);

// `event` is a constant of the source: "rpc", "listening", "stopping".
void Log(LogLevel level, std::string_view event, std::initializer_list<LogField> fields = {});

// The line Log writes, without time; for tests.
std::string FormatLogLine(LogLevel level, std::string_view event,
                          std::initializer_list<LogField> fields);

}  // namespace vigie::daemon
