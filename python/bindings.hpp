// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <vector>

namespace octocal::python {

/// What Python gives as a text, a path, or a list of either.
struct Names : std::vector<std::string> {};

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

namespace pybind11::detail {

/// A text or os.PathLike is one name; any other sequence of them several.
template <>
struct type_caster<octocal::python::Names> {
  PYBIND11_TYPE_CASTER(octocal::python::Names, const_name("str | os.PathLike | list"));

  bool load(handle source, bool) {
    value.clear();
    if (add(source)) return true;
    if (!isinstance<sequence>(source) || isinstance<bytes>(source)) return false;
    for (const auto& item : reinterpret_borrow<sequence>(source))
      if (!add(item)) return false;
    return true;
  }

  static handle cast(const octocal::python::Names& names, return_value_policy, handle) {
    list texts;
    for (const auto& name : names) texts.append(name);
    return texts.release();
  }

 private:
  bool add(handle item) {
    object text = reinterpret_borrow<object>(item);
    if (hasattr(item, "__fspath__")) text = item.attr("__fspath__")();
    if (!isinstance<str>(text)) return false;
    value.push_back(text.cast<std::string>());
    return true;
  }
};

}  // namespace pybind11::detail
