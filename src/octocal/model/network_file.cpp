// SPDX-License-Identifier: Apache-2.0
#include "octocal/model/network_file.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <initializer_list>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "octocal/base/error.hpp"
#include "octocal/base/pending_file.hpp"
#include "octocal/model/internal/toml.hpp"

namespace octocal::model {
namespace {

constexpr std::array<std::pair<Axis, std::string_view>, 3> kAxisNames = {
    {{Axis::kX, "x"}, {Axis::kY, "y"}, {Axis::kZ, "z"}}};

/// "a number", "a string", ... as messages name a value's kind.
const char* kind_name(const toml::node& value) {
  switch (value.type()) {
    case toml::node_type::table:
      return "a table";
    case toml::node_type::array:
      return "an array";
    case toml::node_type::string:
      return "a string";
    case toml::node_type::integer:
    case toml::node_type::floating_point:
      return "a number";
    case toml::node_type::boolean:
      return "true or false";
    default:
      return "a date or time";
  }
}

std::string place(const std::string& origin, const toml::source_region& region) {
  return fmt::format("{}:{}:{}", origin, region.begin.line, region.begin.column);
}

/// The values of one table, asked for by key.
class Fields {
 public:
  /// `where`: "" or "discriminator: " or "layer 3: ".
  Fields(const toml::node& table, std::string where, const std::string& origin)
      : table_(table.as_table()), where_(std::move(where)), origin_(origin) {
    if (table_ == nullptr)
      throw bad_input(fmt::format("{}: {} is {}; give a table such as {{ kernel = 5 }}", place(origin, table.source()),
                                  where_.substr(0, where_.rfind(':')), kind_name(table)));
  }

  /// Refuses keys that nobody knows: a misspelt one would silently leave the default.
  void allow(std::initializer_list<std::string_view> known) const {
    const toml::key* first = nullptr;  // in the text, whose order the table has not kept
    for (const auto& [key, value] : *table_) {
      if (std::find(known.begin(), known.end(), key.str()) != known.end()) continue;
      if (first == nullptr || key.source().begin < first->source().begin) first = &key;
    }
    if (first != nullptr)
      throw bad_input(fmt::format("{}: {}{} is no key of a network file (there are {}); correct it or leave it out",
                                  place(origin_, first->source()), where_, first->str(), fmt::join(known, ", ")));
  }

  const toml::node* find(std::string_view key) const { return table_->get(key); }

  void read(const char* key, std::int64_t& to) const {
    if (const auto* value = find(key)) to = whole(*value, key);
  }
  void read(const char* key, bool& to) const {
    const auto* value = find(key);
    if (value == nullptr) return;
    if (!value->is_boolean()) fail(*value, key, kind_name(*value), "true or false");
    to = value->as_boolean()->get();
  }
  void read(const char* key, double low, double high, double& to) const {
    const auto* value = find(key);
    if (value == nullptr) return;
    const auto number = value->is_number() ? value->value<double>() : std::nullopt;
    if (!number || !(*number >= low && *number <= high))
      fail(*value, key, number ? fmt::format("{}", *number) : kind_name(*value),
           fmt::format("a number from {} to {}", low, high));
    to = *number;
  }

  std::int64_t whole(const toml::node& value, const char* key) const {
    if (!value.is_integer()) fail(value, key, kind_name(value), "a whole number");
    return value.as_integer()->get();
  }

  /// [x, y, z] or, if allowed, one number for all three.
  void read(const char* key, bool one_for_all, AxisSizes& to) const {
    const auto* value = find(key);
    if (value == nullptr) return;
    if (one_for_all && value->is_integer()) {
      const auto size = value->as_integer()->get();
      to = {size, size, size};
      return;
    }
    const auto* three = value->as_array();
    if (three == nullptr || three->size() != 3)
      fail(*value, key, kind_name(*value),
           one_for_all ? "a whole number or three of them, [x, y, z]" : "three whole numbers, [x, y, z]");
    to = {whole((*three)[0], key), whole((*three)[1], key), whole((*three)[2], key)};
  }

  /// One of a few words.
  std::string word(const char* key, std::initializer_list<std::string_view> words, std::string_view otherwise) const {
    const auto* value = find(key);
    if (value == nullptr) return std::string(otherwise);
    const auto expected = fmt::format("\"{}\"", fmt::join(words, "\" or \""));
    if (!value->is_string()) fail(*value, key, kind_name(*value), expected);
    const auto& text = value->as_string()->get();
    if (std::find(words.begin(), words.end(), text) == words.end())
      fail(*value, key, fmt::format("\"{}\"", text), expected);
    return text;
  }

  const toml::array& array(const char* key, const toml::node& value) const {
    if (!value.is_array()) fail(value, key, kind_name(value), "an array");
    return *value.as_array();
  }

  void read(const char* key, std::vector<Axis>& to) const {
    const auto* value = find(key);
    if (value == nullptr) return;
    to.clear();
    for (const auto& item : array(key, *value)) {
      const auto text = item.value<std::string_view>();
      const auto name = std::find_if(kAxisNames.begin(), kAxisNames.end(),
                                     [&](const auto& axis) { return text && axis.second == *text; });
      if (name == kAxisNames.end())
        fail(item, key, text ? fmt::format("\"{}\"", *text) : kind_name(item), "\"x\", \"y\" or \"z\" for each branch");
      to.push_back(name->first);
    }
  }

 private:
  [[noreturn]] void fail(const toml::node& value, std::string_view key, std::string_view found,
                         std::string_view expected) const {
    throw bad_input(
        fmt::format("{}: {}{} is {}; give {}", place(origin_, value.source()), where_, key, found, expected));
  }

  const toml::table* table_;
  std::string where_;
  const std::string& origin_;
};

toml::table parse_toml(const std::string& text, const std::string& origin) {
  try {
    return toml::parse(text);
  } catch (const toml::parse_error& error) {
    std::string what(error.description());  // "Error while parsing boolean: expected 'true', saw 'tw'"
    if (!what.empty() && what[0] == 'E') what[0] = 'e';
    throw bad_input(
        fmt::format("{}: is no TOML ({}); correct it, toml.io tells the form", place(origin, error.source()), what));
  }
}

std::vector<BranchLayer> read_layers(const Fields& fields, const std::string& where, const std::string& origin,
                                     const std::vector<BranchLayer>& otherwise) {
  const auto* value = fields.find("layers");
  if (value == nullptr) return otherwise;
  std::vector<BranchLayer> layers;
  for (const auto& item : fields.array("layers", *value)) {
    const Fields layer(item, fmt::format("{}layer {}: ", where, layers.size() + 1), origin);
    layer.allow({"op", "kernel", "channels", "stride", "padding"});
    BranchLayer read;
    const bool upsample = layer.word("op", {"conv", "upsample"}, "conv") == "upsample";
    read.op = upsample ? LayerOp::kUpsampling : LayerOp::kConvolution;
    if (layer.find("kernel") == nullptr)
      throw bad_input(fmt::format("{}: {}layer {} has no kernel; give it one, such as kernel = 5",
                                  place(origin, item.source()), where, layers.size() + 1));
    if (upsample && layer.find("stride") == nullptr)
      throw bad_input(fmt::format("{}: {}layer {} is an upsample without a stride; give it one, such as stride = 2",
                                  place(origin, item.source()), where, layers.size() + 1));
    layer.read("kernel", true, read.kernel);
    layer.read("stride", true, read.stride);
    layer.read("channels", read.channels);
    read.same = layer.word("padding", {"same", "valid"}, "same") == "same";
    layers.push_back(read);
  }
  return layers;
}

std::string text_of(const AxisSizes& sizes) {
  return sizes.x == sizes.y && sizes.y == sizes.z ? fmt::format("{}", sizes.x)
                                                  : fmt::format("[{}, {}, {}]", sizes.x, sizes.y, sizes.z);
}

std::string text_of(const std::vector<Axis>& branches) {
  std::vector<std::string> names;
  for (const Axis branch : branches)
    for (const auto& [axis, name] : kAxisNames)
      if (axis == branch) names.push_back(fmt::format("\"{}\"", name));
  return fmt::format("[{}]", fmt::join(names, ", "));
}

std::string text_of(const std::vector<BranchLayer>& layers) {
  std::string text = "layers = [\n";
  for (const auto& layer : layers) {
    const bool upsample = layer.op == LayerOp::kUpsampling;
    text += fmt::format("  {{ op = \"{}\", kernel = {}", upsample ? "upsample" : "conv", text_of(layer.kernel));
    if (layer.channels > 0) text += fmt::format(", channels = {}", layer.channels);
    if (upsample) text += fmt::format(", stride = {}", text_of(layer.stride));
    if (!layer.same) text += ", padding = \"valid\"";
    text += " },\n";
  }
  return text + "]\n";
}

}  // namespace

NetworkSpec read_network(const std::filesystem::path& file) {
  return parse_network(read_text_file(file), file.string());
}

NetworkSpec parse_network(const std::string& text, const std::string& origin) {
  const auto document = parse_toml(text, origin);
  const Fields fields(document, "", origin);
  fields.allow({"image", "latent", "cube", "branches", "layers", "final_kernel", "leaky_slope", "batch_norm_epsilon",
                "architecture", "profile", "cells", "discriminator"});
  NetworkSpec spec;
  auto& generator = spec.generator;
  auto& network = generator.network;
  generator.architecture = parse_architecture(fields.word("architecture", {"conv2d", "conv3d", "cells"}, "conv2d"))
                               .value_or(Architecture::kConv2d);
  auto latent = static_cast<std::int64_t>(generator.latent_size);
  fields.read("latent", latent);
  if (latent < 1 || latent > 65536)
    throw bad_input(fmt::format("{}: latent = {} (1 to 65536 are possible); give another size", origin, latent));
  generator.latent_size = static_cast<std::size_t>(latent);
  fields.read("leaky_slope", 0, 1, generator.leaky_slope);
  fields.read("batch_norm_epsilon", 1e-12, 1, generator.batch_norm_epsilon);
  fields.read("image", false, network.image);
  fields.read("cube", false, network.cube);
  fields.read("branches", network.branches);
  fields.read("final_kernel", network.final_kernel);
  network.layers = read_layers(fields, "", origin, network.layers);
  if (generator.architecture == Architecture::kConv3d) {
    if (network != paper_network())
      throw bad_input(
          fmt::format("{}: architecture conv3d has its own layers and 25 x 25 x 25 cells; leave image, "
                      "cube, branches, layers and final_kernel out",
                      origin));
  } else if (generator.architecture == Architecture::kConv2d) {
    check_network(network, origin);
  }
  if (const auto* table = fields.find("profile")) {
    const Fields own(*table, "profile: ", origin);
    own.allow({"leading", "leading_couplings", "mixing_couplings", "hidden", "fitting_rounds"});
    auto& profile = generator.profile;
    own.read("leading", profile.leading);
    own.read("leading_couplings", profile.leading_couplings);
    own.read("mixing_couplings", profile.mixing_couplings);
    own.read("hidden", profile.hidden);
    own.read("fitting_rounds", profile.fitting_rounds);
  }
  if (const auto* table = fields.find("cells")) {
    const Fields own(*table, "cells: ", origin);
    own.allow({"trunk", "trunk_layers", "head", "local", "statistics", "bins", "distance"});
    auto& cells = generator.cells;
    own.read("trunk", cells.trunk);
    own.read("trunk_layers", cells.trunk_layers);
    own.read("head", cells.head);
    own.read("local", cells.local);
    own.read("statistics", cells.statistics);
    own.read("bins", cells.bins);
    cells.distance = false;  // what files of before there was a choice mean
    own.read("distance", cells.distance);
  }
  if (const auto* table = fields.find("discriminator")) {
    const Fields own(*table, "discriminator: ", origin);
    own.allow({"branches", "layers", "hidden"});
    own.read("branches", spec.discriminator.branches);
    own.read("hidden", spec.discriminator.hidden);
    spec.discriminator.layers = read_layers(own, "discriminator: ", origin, spec.discriminator.layers);
  }
  return spec;
}

std::string network_text(const NetworkSpec& spec) {
  const auto& generator = spec.generator;
  const auto& network = generator.network;
  std::string text =
      "# The networks of octocal train (docs/networks.md). What is left out is as in Rehm et al. 2021.\n";
  const bool cells = generator.architecture == Architecture::kCells;
  if (!cells) {
    text += fmt::format("latent = {}  # normal numbers that a shower is made from\n", generator.latent_size);
    text +=
        fmt::format("leaky_slope = {}\nbatch_norm_epsilon = {}\n", generator.leaky_slope, generator.batch_norm_epsilon);
  }
  if (generator.architecture == Architecture::kConv3d) {
    text += "architecture = \"conv3d\"  # three-dimensional convolutions, fixed layers\n";
  } else if (cells) {
    text += "architecture = \"cells\"  # the likelihood of each cell: of --recipe cells\n";
    text += fmt::format("image = [{}, {}, {}]  # cells along x, y and z\n", network.image.x, network.image.y,
                        network.image.z);
  } else {
    const auto triple = [](const AxisSizes& sizes) { return fmt::format("[{}, {}, {}]", sizes.x, sizes.y, sizes.z); };
    text += fmt::format("image = {}  # cells along x, y and z\n", triple(network.image));
    text += fmt::format("cube = {}  # pixels along x, y and z that the dense layer makes\n", triple(network.cube));
    text +=
        fmt::format("branches = {}  # for each branch the axis that it sees as channels\n", text_of(network.branches));
    text += fmt::format("final_kernel = {}  # of the convolution that joins the branches\n", network.final_kernel);
    text +=
        "\n# A branch's layers. conv: convolution, LeakyReLU, batch norm. upsample: transposed convolution, stride\n"
        "# times as many pixels. kernel, stride: a number, or [along x, along y, along z]. padding: same or valid.\n"
        "# The last layer's channels are the image's cells along the branch's axis.\n";
    text += text_of(network.layers);
  }
  const auto& profile = generator.profile;
  text +=
      "\n# Of recipes cells and best: the network that draws the energies of layers, rows and columns.\n[profile]\n";
  text += fmt::format("leading = {}  # numbers that are drawn first\n", profile.leading);
  text += fmt::format("leading_couplings = {}  # steps of the flow among them\n", profile.leading_couplings);
  text += fmt::format("mixing_couplings = {}  # steps among all numbers\n", profile.mixing_couplings);
  text += fmt::format("hidden = {}  # width of the layers in a step\n", profile.hidden);
  if (cells) {
    const auto& own = generator.cells;
    text += "\n# The network of the cells' likelihood.\n[cells]\n";
    text += fmt::format("trunk = {}  # channels that all heads share\n", own.trunk);
    text += fmt::format("trunk_layers = {}  # 3x3 convolutions behind the 5x5\n", own.trunk_layers);
    text += fmt::format("head = {}  # channels of a head\n", own.head);
    text += fmt::format("local = {}  # channels of each head's branch that all layers share\n", own.local);
    text += fmt::format("statistics = {}  # numbers that weigh the densities' basis\n", own.statistics);
    text += fmt::format("bins = {}  # of log energy\n", own.bins);
    text += fmt::format("distance = {}  # heads know how far from the middle they draw\n", own.distance);
    return text;
  }
  text += fmt::format("fitting_rounds = {}  # of the cells to the drawn energies\n", profile.fitting_rounds);
  text += "\n# Of --recipe paper only.\n[discriminator]\n";
  text += fmt::format("branches = {}\nhidden = {}  # features behind its dense layer\n",
                      text_of(spec.discriminator.branches), spec.discriminator.hidden);
  return text + text_of(spec.discriminator.layers);
}

void check_profiles(const GeneratorSpec& spec, const std::string& origin) {
  const auto& profile = spec.profile;
  const auto numbers = description_size(spec.network.image);
  const auto latents = static_cast<std::int64_t>(spec.latent_size);
  const auto within = [&](const char* key, std::int64_t value, std::int64_t low, std::int64_t high) {
    if (value < low || value > high)
      throw bad_input(fmt::format("{}: profile: {} = {} ({} to {} are possible); give another number", origin, key,
                                  value, low, high));
  };
  if (numbers < 3)
    throw bad_input(
        fmt::format("{}: an image of {} cells along x, y and z together (recipe best describes showers by "
                    "their profiles and needs 4); give a larger image",
                    origin, numbers + 1));
  within("leading", profile.leading, 2, numbers - 1);
  within("leading_couplings", profile.leading_couplings, 0, 64);
  within("mixing_couplings", profile.mixing_couplings, 0, 64);
  within("hidden", profile.hidden, 1, 4096);
  within("fitting_rounds", profile.fitting_rounds, 0, 64);
  if (latents <= numbers)
    throw bad_input(
        fmt::format("{}: latent = {} (recipe best draws {} numbers for an image of this size and needs more "
                    "latents than that); give latent = {} or more",
                    origin, latents, numbers, numbers + 1));
}

void check_cells(const GeneratorSpec& spec, const std::string& origin) {
  const auto within = [&](const char* key, std::int64_t value, std::int64_t low, std::int64_t high) {
    if (value < low || value > high)
      throw bad_input(fmt::format("{}: cells: {} = {} ({} to {} are possible); give another number", origin, key, value,
                                  low, high));
  };
  const auto& cells = spec.cells;
  within("trunk", cells.trunk, 1, 4096);
  within("trunk_layers", cells.trunk_layers, 0, 64);
  within("head", cells.head, 1, 4096);
  within("local", cells.local, 1, 4096);
  within("statistics", cells.statistics, 1, 256);
  within("bins", cells.bins, 8, 4096);
  if (spec.network.image.x < 2 || spec.network.image.y < 2)
    throw bad_input(fmt::format(
        "{}: an image of one column or row (recipe cells draws even and odd ones); give a larger one", origin));
  auto as_drawn = spec;  // as many latents as the profiles need
  as_drawn.latent_size = static_cast<std::size_t>(description_size(spec.network.image)) + 1;
  check_profiles(as_drawn, origin);
}

}  // namespace octocal::model
