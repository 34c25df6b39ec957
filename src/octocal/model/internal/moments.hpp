// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

#include "octocal/model/internal/rewriting.hpp"

namespace octocal::model {

/// Adds ReduceSum or ReduceMax of a value over some axes; returns what it makes.
std::string reduced(Rewriting& at, const std::string& op, const std::string& value, const Shape& axes, bool keep);
/// Adds the mean of a value of this shape over some axes. Error: bad_input if the showers are among them.
std::string mean_of(Rewriting& at, const std::string& value, const Shape& shape, const Shape& axes, bool keep);

}  // namespace octocal::model
