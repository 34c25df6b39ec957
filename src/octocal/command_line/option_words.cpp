// SPDX-License-Identifier: Apache-2.0
#include "octocal/command_line/option_words.hpp"

#include <algorithm>

namespace octocal::command_line {

std::string with_options(const std::string& message, const CLI::App& app) {
  std::string result;
  std::size_t at = 0;
  while (true) {
    const auto open = message.find('`', at);
    const auto close = open == std::string::npos ? open : message.find('`', open + 1);
    if (close == std::string::npos) return result + message.substr(at);
    auto option = "--" + message.substr(open + 1, close - open - 1);
    std::replace(option.begin(), option.end(), '_', '-');
    result += message.substr(at, open - at);
    if (app.get_option_no_throw(option) != nullptr) {
      result += option;
      at = close + 1;
    } else {
      result += message.substr(open, close - open);  // its second backquote may begin another pair
      at = close;
    }
  }
}

}  // namespace octocal::command_line
