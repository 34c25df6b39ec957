// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace octocal {

/// The known name that was most likely meant by a mistyped one: the one that takes the fewest wrong, missing, added and
/// swapped letters, of which a third of the word may be; or the one that begins with it. "" if there is none. Of several
/// that are equally near, the first.
std::string nearest_name(std::string_view typed, const std::vector<std::string>& known);

}  // namespace octocal
