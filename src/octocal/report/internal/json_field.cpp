// SPDX-License-Identifier: Apache-2.0
#include "octocal/report/internal/json_field.hpp"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

#include "octocal/base/error.hpp"

namespace octocal::report {

JsonField::JsonField(const nlohmann::json& document, std::string file, std::string remedy)
    : value_(&document), file_(std::move(file)), remedy_(std::move(remedy)) {}

JsonField::JsonField(const JsonField& parent, const nlohmann::json& value, std::string name)
    : value_(&value), file_(parent.file_), remedy_(parent.remedy_), name_(std::move(name)) {}

void JsonField::refuse(const std::string& problem) const {
  throw bad_input(name_.empty() ? fmt::format("{}: {}; {}", file_, problem, remedy_)
                                : fmt::format("{}: {}: {}; {}", file_, name_, problem, remedy_));
}

const char* JsonField::kind() const noexcept {
  if (value_->is_object()) return "an object";
  if (value_->is_array()) return "an array";
  if (value_->is_string()) return "a text";
  if (value_->is_number()) return "a number";
  return value_->is_null() ? "null" : "true or false";
}

JsonField JsonField::operator[](std::string_view key) const {
  if (!value_->is_object()) refuse(fmt::format("{}, expected an object with the key {}", kind(), key));
  const auto found = value_->find(std::string(key));
  const auto name = name_.empty() ? std::string(key) : fmt::format("{}.{}", name_, key);
  if (found == value_->end()) JsonField(*this, *value_, name).refuse("the key is missing");
  return {*this, *found, name};
}

bool JsonField::has(std::string_view key) const {
  if (!value_->is_object()) return false;
  const auto found = value_->find(std::string(key));
  return found != value_->end() && !found->is_null();
}

std::vector<JsonField> JsonField::items() const {
  if (!value_->is_array()) refuse(fmt::format("{}, expected an array", kind()));
  std::vector<JsonField> all;
  for (const auto& item : *value_) all.push_back({*this, item, fmt::format("{}[{}]", name_, all.size())});
  return all;
}

std::vector<JsonField> JsonField::items(std::size_t count, std::string_view because) const {
  auto all = items();
  if (all.size() != count) refuse(fmt::format("{} values, expected {} ({})", all.size(), count, because));
  return all;
}

std::vector<JsonField> JsonField::members() const {
  if (!value_->is_object()) refuse(fmt::format("{}, expected an object", kind()));
  std::vector<JsonField> all;
  for (const auto& [key, member] : value_->items()) all.push_back({*this, member, fmt::format("{}.{}", name_, key)});
  return all;
}

std::string JsonField::text() const {
  if (!value_->is_string()) refuse(fmt::format("{}, expected a text", kind()));
  return value_->get<std::string>();
}

double JsonField::number() const {
  if (!value_->is_number()) refuse(fmt::format("{}, expected a number", kind()));
  const auto number = value_->get<double>();
  if (!std::isfinite(number)) refuse("the number is beyond what a double holds");
  return number;
}

std::size_t JsonField::whole_number() const {
  if (!value_->is_number_unsigned()) refuse(fmt::format("{}, expected a whole number, 0 or more", value_->dump()));
  return value_->get<std::size_t>();
}

bool JsonField::truth() const {
  if (!value_->is_boolean()) refuse(fmt::format("{}, expected true or false", kind()));
  return value_->get<bool>();
}

bool JsonField::is_null() const noexcept { return value_->is_null(); }
bool JsonField::is_object() const noexcept { return value_->is_object(); }

}  // namespace octocal::report
