// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace octocal::model {

/// A value of a TOML text and the line where it begins.
struct TomlValue {
  enum class Kind { kBoolean, kInteger, kFloat, kString, kArray, kTable };
  Kind kind = Kind::kTable;
  int line = 1;
  bool boolean = false;
  std::int64_t integer = 0;
  double number = 0;  ///< of kFloat and of kInteger
  std::string text;
  std::vector<std::string> keys;  ///< of a table, beside items
  std::vector<TomlValue> items;   ///< of an array or a table, in the text's order

  /// A table's value, nullptr if the key is not there.
  const TomlValue* find(const std::string& key) const noexcept;
};

/// "a number", "a string", ... as messages name a value's kind.
const char* kind_name(const TomlValue& value) noexcept;

/// The part of TOML 1.0 that a network file needs: `key = value`, [table] (one level), comments, booleans, decimal
/// numbers, basic strings without escapes, arrays (over several lines too), inline tables. Errors: bad_input naming
/// `origin` and the line: not that, a key twice.
TomlValue parse_toml(const std::string& text, const std::string& origin);

}  // namespace octocal::model
