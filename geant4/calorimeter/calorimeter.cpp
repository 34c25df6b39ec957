// SPDX-License-Identifier: Apache-2.0
#include "calorimeter/calorimeter.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <string_view>

#include "octocal/base/error.hpp"
#include "octocal/base/pending_file.hpp"
#include "octocal/model/internal/toml.hpp"

namespace octocal::geant4 {
namespace {

/// One table of a calorimeter file, asked for by key.
class CalorimeterTable {
 public:
  CalorimeterTable(const toml::table& table, std::string where, std::initializer_list<std::string_view> known)
      : table_(table), where_(std::move(where)) {
    for (const auto& [key, value] : table)
      if (std::find(known.begin(), known.end(), key.str()) == known.end())
        throw bad_input(fmt::format("{}: {} is no key here; correct it or leave it out", where_, key.str()));
  }

  const toml::node* find(std::string_view key) const { return table_.get(key); }

  double positive(const toml::node& value, std::string_view key) const {
    const auto number = value.is_number() ? value.value<double>() : std::nullopt;
    if (!number || !(*number > 0) || !std::isfinite(*number)) refuse(key, "a number above 0");
    return *number;
  }
  int count(const toml::node& value, std::string_view key) const {
    const auto number = value.is_integer() ? value.value<std::int64_t>() : std::nullopt;
    if (!number || *number < 1 || *number > 4096) refuse(key, "a whole number from 1 to 4096");
    return static_cast<int>(*number);
  }
  std::string text(std::string_view key) const {
    const auto* value = find(key);
    if (value == nullptr || !value->is_string() || value->as_string()->get().empty()) refuse(key, "a name in quotes");
    return value->as_string()->get();
  }
  const toml::array& tables(std::string_view key) const {
    const auto* array = find(key)->as_array();
    if (array == nullptr || array->empty() || !array->is_homogeneous(toml::node_type::table))
      refuse(key, fmt::format("tables, [[{}]]", key));
    return *array;
  }
  template <typename Number, typename Read>
  void pair(std::string_view key, std::array<Number, 2>& to, Read read) const {
    const auto* value = find(key);
    if (value == nullptr) return;
    const auto* two = value->as_array();
    if (two == nullptr || two->size() != 2) refuse(key, "two numbers, [along x, along y]");
    for (std::size_t i = 0; i < 2; ++i) to[i] = (this->*read)((*two)[i], key);
  }

  [[noreturn]] void refuse(std::string_view key, std::string_view expected) const {
    throw bad_input(fmt::format("{}: {} is missing or is not {}; correct it", where_, key, expected));
  }

 private:
  const toml::table& table_;
  std::string where_;
};

Slab slab_of(const toml::table& table, const std::string& where) {
  const CalorimeterTable fields(table, where, {"material", "thickness_mm", "sensitive"});
  Slab slab{fields.text("material"), 0, false};
  const auto* thickness = fields.find("thickness_mm");
  if (thickness == nullptr) fields.refuse("thickness_mm", "a number above 0");
  slab.thickness_mm = fields.positive(*thickness, "thickness_mm");
  if (const auto* sensitive = fields.find("sensitive")) {
    if (!sensitive->is_boolean()) fields.refuse("sensitive", "true or false");
    slab.sensitive = sensitive->as_boolean()->get();
  }
  return slab;
}

Mixture mixture_of(const toml::table& table, const std::string& where) {
  const CalorimeterTable fields(table, where, {"name", "density_g_cm3", "mass_fractions"});
  Mixture mixture{fields.text("name"), 0, {}};
  const auto* density = fields.find("density_g_cm3");
  if (density == nullptr) fields.refuse("density_g_cm3", "a number above 0");
  mixture.density_g_cm3 = fields.positive(*density, "density_g_cm3");
  const auto* parts = fields.find("mass_fractions");
  if (parts == nullptr || !parts->is_table())
    fields.refuse("mass_fractions", "a table such as { G4_W = 0.9, G4_Ni = 0.1 }");
  double sum = 0;
  for (const auto& [material, fraction] : *parts->as_table()) {
    mixture.mass_fractions.emplace_back(material.str(), fields.positive(fraction, material.str()));
    sum += mixture.mass_fractions.back().second;
  }
  if (std::abs(sum - 1) > 1e-6)
    throw bad_input(fmt::format("{}: mass_fractions add up to {} (expected 1); correct them", where, sum));
  return mixture;
}

void check(const Calorimeter& calorimeter, const std::string& origin) {
  const auto sensitive = std::count_if(calorimeter.slabs.begin(), calorimeter.slabs.end(),
                                       [](const Slab& slab) { return slab.sensitive; });
  if (sensitive != 1)
    throw bad_input(fmt::format("{}: {} sensitive slabs (a layer has one row of cells); mark one slab as sensitive",
                                origin, sensitive));
  for (std::size_t i = 0; i < 2; ++i)
    if (calorimeter.window[i] * calorimeter.cell_mm[i] > calorimeter.width_mm)
      throw bad_input(fmt::format("{}: a window of {} cells of {} mm (the calorimeter is {} mm wide); take fewer cells",
                                  origin, calorimeter.window[i], calorimeter.cell_mm[i], calorimeter.width_mm));
  if (!data::is_possible(calorimeter.geometry()))
    throw bad_input(fmt::format("{}: more than {} cells a shower; take fewer layers or a smaller window", origin,
                                data::kMostCells));
}

}  // namespace

double Calorimeter::layer_mm() const {
  double sum = 0;
  for (const auto& slab : slabs) sum += slab.thickness_mm;
  return sum;
}

double Calorimeter::depth_mm() const { return layers * layer_mm(); }

data::Geometry Calorimeter::geometry() const {
  return {static_cast<std::size_t>(window[0]), static_cast<std::size_t>(window[1]), static_cast<std::size_t>(layers)};
}

CellPlacement Calorimeter::placement() const {
  CellPlacement placement{cell_mm[0], cell_mm[1], layer_mm(), 0, {0, 0, 1}};
  double front = 0;
  for (const auto& slab : slabs) {
    if (slab.sensitive) placement.first_layer_mm = front + slab.thickness_mm / 2;
    front += slab.thickness_mm;
  }
  return placement;
}

Calorimeter parse_calorimeter(const std::string& text, const std::string& origin) {
  toml::table root;
  try {
    root = toml::parse(text);
  } catch (const toml::parse_error& error) {
    throw bad_input(fmt::format("{}:{}:{}: is no TOML ({}); correct it", origin, error.source().begin.line,
                                error.source().begin.column, error.description()));
  }
  const CalorimeterTable fields(root, origin, {"width_mm", "layers", "cell_mm", "window", "slab", "mixture"});
  Calorimeter calorimeter;
  if (const auto* width = fields.find("width_mm")) calorimeter.width_mm = fields.positive(*width, "width_mm");
  if (const auto* layers = fields.find("layers")) calorimeter.layers = fields.count(*layers, "layers");
  fields.pair("cell_mm", calorimeter.cell_mm, &CalorimeterTable::positive);
  fields.pair("window", calorimeter.window, &CalorimeterTable::count);
  if (fields.find("slab") != nullptr) {
    calorimeter.slabs.clear();
    for (const auto& slab : fields.tables("slab"))
      calorimeter.slabs.push_back(
          slab_of(*slab.as_table(), fmt::format("{}: slab {}", origin, calorimeter.slabs.size() + 1)));
  }
  if (fields.find("mixture") != nullptr)
    for (const auto& mixture : fields.tables("mixture"))
      calorimeter.mixtures.push_back(
          mixture_of(*mixture.as_table(), fmt::format("{}: mixture {}", origin, calorimeter.mixtures.size() + 1)));
  check(calorimeter, origin);
  return calorimeter;
}

Calorimeter read_calorimeter(const std::filesystem::path& file) {
  return parse_calorimeter(read_text_file(file), file.string());
}

std::string calorimeter_text(const Calorimeter& c) {
  std::string text = fmt::format("width_mm = {}\nlayers = {}\ncell_mm = [{}, {}]\nwindow = [{}, {}]\n", c.width_mm,
                                 c.layers, c.cell_mm[0], c.cell_mm[1], c.window[0], c.window[1]);
  for (const auto& slab : c.slabs)
    text += fmt::format("\n[[slab]]\nmaterial = \"{}\"\nthickness_mm = {}\nsensitive = {}\n", slab.material,
                        slab.thickness_mm, slab.sensitive);
  for (const auto& mixture : c.mixtures) {
    text += fmt::format("\n[[mixture]]\nname = \"{}\"\ndensity_g_cm3 = {}\n[mixture.mass_fractions]\n", mixture.name,
                        mixture.density_g_cm3);
    for (const auto& [material, fraction] : mixture.mass_fractions)
      text += fmt::format("{} = {}\n", material, fraction);
  }
  return text;
}

}  // namespace octocal::geant4
