// SPDX-License-Identifier: Apache-2.0
#include "octocal/model/internal/toml_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "octocal/base/error.hpp"

namespace octocal::model {
namespace {

constexpr int kDeepest = 32;

bool is_key_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

class Parser {
 public:
  Parser(const std::string& text, const std::string& origin) : text_(text), origin_(origin) {}

  TomlValue document() {
    TomlValue root;
    TomlValue* table = &root;
    while (skip_lines(), at_ < text_.size()) {
      if (peek() == '[') {
        table = &header(root);
      } else {
        pair(*table);
      }
      end_of_line();
    }
    return root;
  }

 private:
  [[noreturn]] void fail(const std::string& problem, const std::string& remedy) const {
    throw bad_input(fmt::format("{}:{}: {}; {}", origin_, line_, problem, remedy));
  }

  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }

  void skip_blanks() {
    while (peek() == ' ' || peek() == '\t') ++at_;
    if (peek() == '#')
      while (at_ < text_.size() && peek() != '\n') ++at_;
  }

  /// Blanks, comments and line ends.
  void skip_lines() {
    while (true) {
      skip_blanks();
      if (peek() == '\r' && at_ + 1 < text_.size() && text_[at_ + 1] == '\n') ++at_;
      if (peek() != '\n') return;
      ++at_;
      ++line_;
    }
  }

  void end_of_line() {
    skip_blanks();
    if (peek() == '\r') ++at_;
    if (at_ < text_.size() && peek() != '\n')
      fail(fmt::format("'{}' behind the value", peek()), "begin a new line there, or put # before a comment");
  }

  std::string key() {
    const auto start = at_;
    while (is_key_character(peek())) ++at_;
    if (at_ == start) fail("no key where one should be", "write lines such as latent = 200");
    return text_.substr(start, at_ - start);
  }

  TomlValue& add(TomlValue& table, const std::string& name, TomlValue value) const {
    if (table.find(name)) fail(fmt::format("{} stands there twice", name), "leave one out");
    table.keys.push_back(name);
    table.items.push_back(std::move(value));
    return table.items.back();
  }

  TomlValue& header(TomlValue& root) {
    ++at_;
    skip_blanks();
    const auto name = key();
    skip_blanks();
    if (peek() != ']') fail(fmt::format("[{} without its ]", name), "write headers such as [discriminator]");
    ++at_;
    TomlValue table;
    table.line = line_;
    return add(root, name, std::move(table));
  }

  void pair(TomlValue& table) {
    const auto name = key();
    skip_blanks();
    if (peek() != '=') fail(fmt::format("{} without a value", name), "write lines such as latent = 200");
    ++at_;
    skip_blanks();
    add(table, name, value());
  }

  TomlValue value() {
    if (++depth_ > kDeepest) fail("brackets within brackets, too deep", "write a flatter file");
    TomlValue result;
    result.line = line_;
    if (peek() == '"') {
      string(result);
    } else if (peek() == '[') {
      array(result);
    } else if (peek() == '{') {
      inline_table(result);
    } else {
      word(result);
    }
    --depth_;
    return result;
  }

  void string(TomlValue& result) {
    const auto start = ++at_;
    while (at_ < text_.size() && peek() != '"' && peek() != '\n' && peek() != '\\') ++at_;
    if (peek() != '"')
      fail("a string that is not closed on its line, or has a \\", "write plain strings such as \"conv\"");
    result.kind = TomlValue::Kind::kString;
    result.text = text_.substr(start, at_++ - start);
  }

  void array(TomlValue& result) {
    result.kind = TomlValue::Kind::kArray;
    ++at_;
    while (skip_lines(), peek() != ']') {
      if (at_ < text_.size()) result.items.push_back(value());
      skip_lines();
      if (at_ >= text_.size()) fail("a [ without its ]", "close the array");
      if (peek() == ',') {
        ++at_;
      } else if (peek() != ']') {
        fail("an array's values without a comma between", "write arrays such as [25, 25, 25]");
      }
    }
    ++at_;
  }

  void inline_table(TomlValue& result) {
    ++at_;
    skip_blanks();
    while (peek() != '}') {
      pair(result);
      skip_blanks();
      if (peek() == '}') break;
      if (peek() != ',') fail("a { } table's pairs without a comma between", "write { kernel = 5, channels = 32 }");
      ++at_;
      skip_blanks();
    }
    ++at_;
  }

  void word(TomlValue& result) {
    const auto start = at_;
    while (is_key_character(peek()) || peek() == '+' || peek() == '.') ++at_;
    const auto written = text_.substr(start, at_ - start);
    if (written == "true" || written == "false") {
      result.kind = TomlValue::Kind::kBoolean;
      result.boolean = written == "true";
      return;
    }
    auto digits = written;
    digits.erase(std::remove(digits.begin(), digits.end(), '_'), digits.end());
    const char* const first = digits.data() + (digits.starts_with('+') ? 1 : 0);
    const char* const last = digits.data() + digits.size();
    if (const auto [end, error] = std::from_chars(first, last, result.integer);
        first != last && error == std::errc() && end == last) {
      result.kind = TomlValue::Kind::kInteger;
      result.number = static_cast<double>(result.integer);
      return;
    }
    const auto [end, error] = std::from_chars(first, last, result.number);
    if (first == last || error != std::errc() || end != last || !std::isfinite(result.number))
      fail(fmt::format("'{}' is no value", written),
           "write a number, true, false, a \"string\", an [array] or a {table}");
    result.kind = TomlValue::Kind::kFloat;
  }

  const std::string& text_;
  const std::string& origin_;
  std::size_t at_ = 0;
  int line_ = 1;
  int depth_ = 0;
};

}  // namespace

const TomlValue* TomlValue::find(const std::string& key) const noexcept {
  for (std::size_t i = 0; i < keys.size(); ++i)
    if (keys[i] == key) return &items[i];
  return nullptr;
}

const char* kind_name(const TomlValue& value) noexcept {
  switch (value.kind) {
    case TomlValue::Kind::kBoolean:
      return "a boolean";
    case TomlValue::Kind::kInteger:
    case TomlValue::Kind::kFloat:
      return "a number";
    case TomlValue::Kind::kString:
      return "a string";
    case TomlValue::Kind::kArray:
      return "an array";
    default:
      return "a table";
  }
}

TomlValue parse_toml(const std::string& text, const std::string& origin) { return Parser(text, origin).document(); }

}  // namespace octocal::model
