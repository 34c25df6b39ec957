#include "octocal/train/journal.hpp"

#include <fmt/format.h>

#include <fstream>

#include "octocal/base/error.hpp"

namespace octocal::train {
namespace {

nlohmann::json to_json(const TrainedGenerator& generator) {
  return {{"latent", model::name_of(generator.latent)},
          {"latent_size", generator.spec.latent_size},
          {"energy_square", generator.spec.output == model::OutputTransform::kEnergySquare},
          {"output_scale", generator.spec.output_scale},
          {"leaky_slope", generator.spec.leaky_slope},
          {"batch_norm_epsilon", generator.spec.batch_norm_epsilon},
          {"sharpness", generator.sharpness}};
}

Standing standing_of(const nlohmann::json& state) {
  return {state.at("next_step").get<std::int64_t>(), state.at("judged_step").get<std::int64_t>(),
          state.at("best_score").get<double>(), state.at("best_step").get<std::int64_t>()};
}

Error unreadable(const std::filesystem::path& file, const std::string& why) {
  return bad_input(
      fmt::format("{}: {}; give a checkpoint that this version of octocal train has written", file.string(), why));
}

}  // namespace

void Journal::save(const Recipe& recipe, const Standing& standing, const std::filesystem::path& file,
                   const nlohmann::json& physics) const {
  const nlohmann::json state = {{"next_step", standing.next_step},
                                {"judged_step", standing.judged_step},
                                {"best_score", standing.best_score},
                                {"best_step", standing.best_step},
                                {"about", about_},
                                {"physics", physics},
                                {"generator", to_json(recipe.trained())},
                                {"prefix", recipe.trained_prefix()}};
  write_checkpoint({state.dump(), recipe.state()}, file);
}

Standing Journal::load(Recipe& recipe, const std::filesystem::path& file, bool same_run) const {
  const auto checkpoint = read_checkpoint(file);
  try {
    const auto state = nlohmann::json::parse(checkpoint.json);
    for (const char* key : {"recipe", "seed", "batch", "data_hash", "augment"})
      if (same_run && state.at("about").at(key) != about_.at(key))
        throw bad_input(
            fmt::format("{}: {} is {} there and {} here (a resumed run goes on with the same); give the same "
                        "settings, or another --out",
                        file.string(), key, state.at("about").at(key).dump(), about_.at(key).dump()));
    if (state.at("about").at("recipe") != about_.at("recipe"))
      throw unreadable(file, fmt::format("from recipe {}", state.at("about").at("recipe").dump()));
    recipe.load_state(checkpoint.tensors);
    return standing_of(state);
  } catch (const nlohmann::json::exception& error) {
    throw unreadable(file, fmt::format("unreadable state ({})", error.what()));
  } catch (const std::out_of_range& error) {
    throw unreadable(file, fmt::format("a tensor is missing ({})", error.what()));
  }
}

void Journal::note(const nlohmann::json& line) const {
  std::ofstream out(folder_ / "metrics.jsonl", std::ios::app);
  out << line.dump() << '\n';
  if (!out.flush())
    throw bad_input(
        fmt::format("{}: cannot be written (disk full?); free some space", (folder_ / "metrics.jsonl").string()));
}

StoredGenerator read_stored_generator(const std::filesystem::path& file) {
  const auto checkpoint = read_checkpoint(file);
  try {
    const auto state = nlohmann::json::parse(checkpoint.json);
    const auto& made = state.at("generator");
    StoredGenerator stored;
    stored.about = state.at("about");
    stored.physics = state.at("physics");
    stored.standing = standing_of(state);
    auto& spec = stored.generator.spec;
    spec.latent_size = made.at("latent_size").get<std::size_t>();
    spec.output =
        made.at("energy_square").get<bool>() ? model::OutputTransform::kEnergySquare : model::OutputTransform::kRelu;
    spec.output_scale = made.at("output_scale").get<double>();
    spec.leaky_slope = made.at("leaky_slope").get<double>();
    spec.batch_norm_epsilon = made.at("batch_norm_epsilon").get<double>();
    stored.generator.latent = made.at("latent").get<std::string>() == "sphere" ? model::LatentConvention::kSphere
                                                                               : model::LatentConvention::kPaper;
    stored.generator.sharpness = made.at("sharpness").get<double>();
    stored.generator.parameters = take_under(state.at("prefix").get<std::string>(), checkpoint.tensors);
    return stored;
  } catch (const nlohmann::json::exception& error) {
    throw unreadable(file, fmt::format("unreadable state ({})", error.what()));
  }
}

}  // namespace octocal::train
