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

/// What Python gives as a text or a path.
struct Name : std::string {};

/// What Python gives as a text, a path, or a list of either.
struct Names : std::vector<std::string> {};

using FloatArray = pybind11::array_t<float, pybind11::array::c_style | pybind11::array::forcecast>;

// New arrays are made from a shape, a vector, never from a number: pybind11 before 2.12 asks numpy for the size of a
// float then, and gets 0 from numpy 2.

inline std::span<const float> view(const FloatArray& array) {
  return {array.data(), static_cast<std::size_t>(array.size())};
}

/// The document as Python's json module reads it: dicts, lists, numbers, texts, None.
pybind11::object to_python(const nlohmann::json& document);

// What the module holds, a file each.
void add_errors(pybind11::module_& module);
void add_generator(pybind11::module_& module);
void add_report(pybind11::module_& module);
void add_response(pybind11::module_& module);
void add_shower_files(pybind11::module_& module);
void add_studies(pybind11::module_& module);

}  // namespace octocal::python

namespace pybind11::detail {

template <>
struct type_caster<octocal::python::Name> {
  PYBIND11_TYPE_CASTER(octocal::python::Name, const_name("str | os.PathLike"));

  bool load(handle source, bool) {
    object text = reinterpret_borrow<object>(source);
    if (hasattr(source, "__fspath__")) text = source.attr("__fspath__")();
    if (!isinstance<str>(text)) return false;
    value.assign(text.cast<std::string>());
    return true;
  }

  static handle cast(const octocal::python::Name& one, return_value_policy, handle) {
    return str(static_cast<const std::string&>(one)).release();
  }
};

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
    for (const auto& one : names) texts.append(one);
    return texts.release();
  }

 private:
  bool add(handle item) {
    type_caster<octocal::python::Name> one;
    if (!one.load(item, false)) return false;
    value.push_back(static_cast<octocal::python::Name&>(one));
    return true;
  }
};

}  // namespace pybind11::detail
