// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>

namespace octocal {

/// Whether bytes are UTF-8 (shortest forms, no surrogates) without control characters; newline, carriage return and tab
/// are allowed if `lines`.
bool is_printable(std::string_view text, bool lines) noexcept;

/// The text with its control characters spelt out (a newline as a backslash and n): what a file holds or is named must
/// neither break a message into lines nor command a terminal.
std::string one_line(std::string_view text);

}  // namespace octocal
