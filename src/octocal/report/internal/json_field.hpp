// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace octocal::report {

/// A place in a JSON document that knows its own name, so that a wrong value is reported as
/// "run.json: samples[1].profiles.y.mean: 24 values, expected 25 (...); ...".
///
/// Refers to the document, which must outlive it. Every function that looks at the value throws bad_input if the value
/// is not what is asked for.
class JsonField {
 public:
  /// The whole document of `file`; `remedy` ends every message ("write it again with octocal validate --json").
  JsonField(const nlohmann::json& document, std::string file, std::string remedy);

  /// The value under a key of an object; the key must exist.
  JsonField operator[](std::string_view key) const;
  /// False if the key is absent or null.
  bool has(std::string_view key) const;
  /// The elements of an array.
  std::vector<JsonField> items() const;
  /// The elements of an array that must have `count` of them; `because` says why ("geometry").
  std::vector<JsonField> items(std::size_t count, std::string_view because) const;
  /// The values of an object, in the order of their keys.
  std::vector<JsonField> members() const;

  std::string text() const;
  double number() const;             ///< a finite number
  std::size_t whole_number() const;  ///< an integer, at least 0
  bool truth() const;
  bool is_null() const noexcept;
  bool is_object() const noexcept;
  const std::string& name() const noexcept { return name_; }  ///< "samples[1].profiles", "" for the document

  /// Throws bad_input about this place.
  [[noreturn]] void refuse(const std::string& problem) const;

 private:
  JsonField(const JsonField& parent, const nlohmann::json& value, std::string name);
  const char* kind() const noexcept;

  const nlohmann::json* value_;
  std::string file_;
  std::string remedy_;
  std::string name_;
};

}  // namespace octocal::report
