// SPDX-License-Identifier: Apache-2.0
#include "octocal/model/generator_info.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <optional>

#include "octocal/base/error.hpp"
#include "octocal/base/log.hpp"

namespace octocal::model {
namespace {

/// What to do where a key is missing. `model_info`: see study::EngineSettings.
std::string remedy_for(const std::string& key) {
  return fmt::format("say it with `model_info` {}=..., or take a model that octocal train wrote", key);
}

/// Metadata with overrides in front.
class Properties {
 public:
  Properties(const Graph& graph, const std::string& origin, const std::map<std::string, std::string>& overrides)
      : graph_(graph), origin_(origin), overrides_(overrides) {}

  std::optional<std::string> find(const std::string& key) const {
    if (const auto found = overrides_.find(key); found != overrides_.end()) return found->second;
    if (const auto found = graph_.metadata.find(key); found != graph_.metadata.end()) return found->second;
    return std::nullopt;
  }

  std::string text(const std::string& key) const {
    const auto value = find(key);
    if (!value) {
      throw bad_input(fmt::format("{}: metadata {} is missing (octocal needs it to make showers); {}", origin_, key,
                                  remedy_for(key)));
    }
    return *value;
  }

  [[noreturn]] void unreadable(const std::string& key, const std::string& expected) const {
    throw bad_input(fmt::format("{}: metadata {} is \"{}\" (expected {}); {}", origin_, key, find(key).value_or(""),
                                expected, remedy_for(key)));
  }

  double number(const std::string& key) const { return number(key, text(key)); }
  /// The same from the text that stands for the key.
  double number(const std::string& key, const std::string& value) const {
    const auto values = split_numbers(value, ' ');
    if (!values || values->size() != 1) unreadable(key, "a number");
    return values->front();
  }

  /// Numbers between separators, or nothing if the text is not that.
  static std::optional<std::vector<double>> split_numbers(const std::string& text, char separator) {
    std::vector<double> numbers;
    const char* at = text.data();
    const char* const end = at + text.size();
    while (at != end) {
      double number = 0;
      const auto [next, error] = std::from_chars(at, end, number);
      if (error != std::errc() || !std::isfinite(number)) return std::nullopt;
      numbers.push_back(number);
      if (next == end) break;
      if (*next != separator || next + 1 == end) return std::nullopt;
      at = next + 1;
    }
    return numbers;
  }

 private:
  const Graph& graph_;
  const std::string& origin_;
  const std::map<std::string, std::string>& overrides_;
};

void read_geometry(const Properties& properties, GeneratorInfo& info) {
  if (!properties.find("octocal.geometry")) return;  // the output says it too
  const auto sizes = Properties::split_numbers(properties.text("octocal.geometry"), 'x');
  const auto is_size = [](double size) { return size >= 1 && size <= 4096 && size == std::floor(size); };
  if (!sizes || sizes->size() != 3 || !is_size((*sizes)[0]) || !is_size((*sizes)[1]) || !is_size((*sizes)[2])) {
    properties.unreadable("octocal.geometry", "three sizes such as 25x25x25");
  }
  info.nx = static_cast<std::size_t>((*sizes)[0]);
  info.ny = static_cast<std::size_t>((*sizes)[1]);
  info.nz = static_cast<std::size_t>((*sizes)[2]);
}

void check_inputs(const Graph& graph, const std::string& origin, GeneratorInfo& info) {
  const auto is_columns = [](const Value& value) {
    return value.type == DataType::kFloat32 && value.shape.size() == 2 && value.shape[0] == kBatch &&
           value.shape[1] > 0;
  };
  const auto fail = [&](const std::string& problem) {
    return bad_input(fmt::format(
        "{}: {} (a generator has the input latent (N, L), perhaps energy (N, 1) and noise (N, ...), and one "
        "output (N, x, y, z), all float32); export the generator again",
        origin, problem));
  };
  for (const Value& input : graph.inputs) {
    const bool is_noise = input.name == "noise" && graph.inputs.size() > 1 && input.type == DataType::kFloat32 &&
                          input.shape.size() > 1 && input.shape[0] == kBatch;
    if (is_noise) {
      info.noise_size = elements(Shape(input.shape.begin() + 1, input.shape.end()));
      continue;
    }
    if (!is_columns(input)) {
      throw fail(fmt::format("input {} is {} {}", input.name, name_of(input.type), to_string(input.shape)));
    }
    if (input.name == "energy" && graph.inputs.size() > 1) {
      if (input.shape[1] != 1) throw fail(fmt::format("input energy has shape {}", to_string(input.shape)));
      info.has_energy_input = true;
    } else {
      if (info.latent_size != 0) throw fail(fmt::format("input {} is one too many", input.name));
      info.latent_size = static_cast<std::size_t>(input.shape[1]);
    }
  }
  if (info.latent_size == 0) throw fail("the graph has no input");
  if (graph.outputs.size() != 1) throw fail(fmt::format("the graph has {} outputs", graph.outputs.size()));
}

void check_output(const Graph& graph, const std::string& origin, bool geometry_given, GeneratorInfo& info) {
  const Value& output = graph.outputs[0];
  const auto cells = cells_of_output(output.shape);
  if (!geometry_given && cells) {
    info.nx = static_cast<std::size_t>((*cells)[0]);
    info.ny = static_cast<std::size_t>((*cells)[1]);
    info.nz = static_cast<std::size_t>((*cells)[2]);
  }
  const std::array expected = {static_cast<std::int64_t>(info.nx), static_cast<std::int64_t>(info.ny),
                               static_cast<std::int64_t>(info.nz)};
  if (output.type != DataType::kFloat32 || !cells || *cells != expected) {
    throw bad_input(fmt::format("{}: output {} is {} {}, expected float32 {} (octocal.geometry); {}", origin,
                                output.name, name_of(output.type), to_string(output.shape),
                                to_string({kBatch, expected[0], expected[1], expected[2]}),
                                remedy_for("octocal.geometry")));
  }
}

}  // namespace

const char* name_of(LatentConvention convention) noexcept {
  return convention == LatentConvention::kSphere ? "sphere" : "paper";
}

GeneratorInfo read_generator_info(const Graph& graph, const std::string& origin,
                                  const std::map<std::string, std::string>& overrides) {
  const Properties properties(graph, origin, overrides);
  GeneratorInfo info;
  check_inputs(graph, origin, info);
  read_geometry(properties, info);
  check_output(graph, origin, properties.find("octocal.geometry").has_value(), info);

  const auto text_or = [&](const std::string& key, const char* otherwise) {
    if (info.has_energy_input || properties.find(key)) return properties.text(key);
    info.assumed.push_back(key + "=" + otherwise);
    return std::string(otherwise);
  };
  const auto number_or = [&](const std::string& key, const char* otherwise) {
    return properties.number(key, text_or(key, otherwise));
  };
  const std::string latent = text_or("octocal.latent", "paper");
  if (latent != "paper" && latent != "sphere") properties.unreadable("octocal.latent", "paper or sphere");
  info.latent = latent == "sphere" ? LatentConvention::kSphere : LatentConvention::kPaper;
  if (properties.find("octocal.energy_unit").value_or("GeV") != "GeV") {
    properties.unreadable("octocal.energy_unit", "GeV");
  }
  info.energy_min_gev = number_or("octocal.energy_min", "100");
  info.energy_max_gev = number_or("octocal.energy_max", "500");
  if (!(info.energy_min_gev > 0)) properties.unreadable("octocal.energy_min", "a positive energy in GeV");
  if (!(info.energy_max_gev >= info.energy_min_gev)) {
    properties.unreadable("octocal.energy_max", fmt::format("at least octocal.energy_min = {}", info.energy_min_gev));
  }
  if (properties.find("octocal.threshold")) info.threshold_gev = properties.number("octocal.threshold");
  if (!(info.threshold_gev >= 0)) properties.unreadable("octocal.threshold", "an energy in GeV, 0 or more");
  if (const auto response = properties.find("octocal.response")) {
    const auto numbers = Properties::split_numbers(*response, ' ');
    if (!numbers) properties.unreadable("octocal.response", "coefficients such as \"0.1 2.7 0.01\"");
    info.response = *numbers;
  }
  return info;
}

void warn_of_assumptions(const GeneratorInfo& info, const std::string& origin) {
  if (info.assumed.empty()) return;
  log_warning(fmt::format(
      "{}: does not say how its showers are made; taking {} (what is known of it can be given beside the model)",
      origin, fmt::join(info.assumed, ", ")));
}

std::optional<std::array<std::int64_t, 3>> cells_of_output(const Shape& shape) noexcept {
  if (shape.size() < 4 || shape.size() > 5 || shape[0] != kBatch) return std::nullopt;
  if (shape.size() == 4) return std::array{shape[1], shape[2], shape[3]};
  if (shape[1] == 1) return std::array{shape[2], shape[3], shape[4]};
  if (shape[4] == 1) return std::array{shape[1], shape[2], shape[3]};
  return std::nullopt;
}

void write_generator_info(const GeneratorInfo& info, Graph& graph) {
  // {} is the shortest text that reads back to the same double.
  graph.metadata["octocal.latent"] = name_of(info.latent);
  graph.metadata["octocal.energy_min"] = fmt::format("{}", info.energy_min_gev);
  graph.metadata["octocal.energy_max"] = fmt::format("{}", info.energy_max_gev);
  graph.metadata["octocal.energy_unit"] = "GeV";
  graph.metadata["octocal.threshold"] = fmt::format("{}", info.threshold_gev);
  graph.metadata["octocal.geometry"] = fmt::format("{}x{}x{}", info.nx, info.ny, info.nz);
  if (info.response.empty()) {
    graph.metadata.erase("octocal.response");
  } else {
    graph.metadata["octocal.response"] = fmt::format("{}", fmt::join(info.response, " "));
  }
}

}  // namespace octocal::model
