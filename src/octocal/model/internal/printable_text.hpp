// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string_view>

namespace octocal::model {

/// Whether bytes are UTF-8 (shortest forms, no surrogates) without control characters; newline, carriage return and tab
/// are allowed if `lines`.
bool is_printable(std::string_view text, bool lines) noexcept;

}  // namespace octocal::model
