// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <span>

namespace octocal::python {

using FloatArray = pybind11::array_t<float, pybind11::array::c_style | pybind11::array::forcecast>;

inline std::span<const float> view(const FloatArray& array) {
  return {array.data(), static_cast<std::size_t>(array.size())};
}

/// The document as Python's json module reads it: dicts, lists, numbers, texts, None.
pybind11::object to_python(const nlohmann::json& document);

// What the module holds, a file each.
void add_errors(pybind11::module_& module);
void add_generator(pybind11::module_& module);
void add_shower_files(pybind11::module_& module);
void add_studies(pybind11::module_& module);

}  // namespace octocal::python
