// SPDX-License-Identifier: Apache-2.0
#include "octocal/data/internal/hdf5_attribute.hpp"

#include <algorithm>

#include "octocal/data/internal/hdf5_problem.hpp"

namespace octocal::data::hdf5 {
namespace {

bool is_text(hid_t attribute) {
  const Handle type(H5Aget_type(attribute), H5Tclose);
  return type && H5Tget_class(type.get()) == H5T_STRING;
}

std::string text_of(hid_t attribute) {
  const Handle type(H5Aget_type(attribute), H5Tclose);
  const Handle space(H5Aget_space(attribute), H5Sclose);
  if (!type || !space || H5Sget_simple_extent_npoints(space.get()) != 1) return {};
  if (H5Tis_variable_str(type.get()) > 0) {
    const Handle wanted(H5Tcopy(type.get()), H5Tclose);
    char* text = nullptr;
    if (H5Aread(attribute, wanted.get(), &text) < 0 || text == nullptr) return {};
    std::string copy(text);
    H5free_memory(text);
    return copy;
  }
  std::string text(H5Tget_size(type.get()), '\0');
  if (H5Aread(attribute, type.get(), text.data()) < 0) return {};
  text.resize(std::min(text.find('\0'), text.size()));
  return text;
}

herr_t collect(hid_t object, const char* name, const H5A_info_t*, void* names) {
  const Handle attribute(H5Aopen(object, name, H5P_DEFAULT), H5Aclose);
  if (attribute && is_text(attribute.get())) static_cast<std::vector<std::string>*>(names)->emplace_back(name);
  return 0;
}

}  // namespace

std::string read_text(hid_t object, const std::string& name) {
  if (H5Aexists(object, name.c_str()) <= 0) return {};
  const Handle attribute(H5Aopen(object, name.c_str(), H5P_DEFAULT), H5Aclose);
  return attribute && is_text(attribute.get()) ? text_of(attribute.get()) : std::string();
}

std::vector<std::string> text_names(hid_t object) {
  std::vector<std::string> names;
  hsize_t position = 0;
  H5Aiterate2(object, H5_INDEX_NAME, H5_ITER_INC, &position, collect, &names);
  std::sort(names.begin(), names.end());
  return names;
}

void write_text(hid_t object, const std::string& name, const std::string& value, const std::string& file) {
  const auto made = [&](hid_t id, Handle::Close close) {
    if (id < 0) throw write_problem(file);
    return Handle(id, close);
  };
  // Variable length: it lies outside the object header, which cannot hold more than 64 KiB.
  const auto type = made(H5Tcopy(H5T_C_S1), H5Tclose);
  const auto space = made(H5Screate(H5S_SCALAR), H5Sclose);
  if (H5Tset_size(type.get(), H5T_VARIABLE) < 0 || H5Tset_cset(type.get(), H5T_CSET_UTF8) < 0)
    throw write_problem(file);
  const auto attribute =
      made(H5Acreate2(object, name.c_str(), type.get(), space.get(), H5P_DEFAULT, H5P_DEFAULT), H5Aclose);
  const char* text = value.c_str();
  if (H5Awrite(attribute.get(), type.get(), &text) < 0) throw write_problem(file);
}

}  // namespace octocal::data::hdf5
