// SPDX-License-Identifier: Apache-2.0
#include "octocal/train/journal.hpp"

#include <fmt/format.h>

#include <fstream>
#include <sstream>

#include "octocal/base/error.hpp"
#include "octocal/base/log.hpp"
#include "octocal/base/pending_file.hpp"
#include "octocal/train/generator_record.hpp"
#include "octocal/train/resume_check.hpp"

namespace octocal::train {
namespace {

Error unreadable(const std::filesystem::path& file, const std::string& why) {
  return bad_input(
      fmt::format("{}: {}; give a checkpoint that this version of octocal train has written", file.string(), why));
}

}  // namespace

nlohmann::json to_json(const Standing& standing) {
  return {{"next_step", standing.next_step},
          {"judged_step", standing.judged_step},
          {"best_score", standing.best_score},
          {"best_error", standing.best_error},
          {"best_step", standing.best_step},
          {"worse_epochs", standing.worse_epochs},
          {"best_diversity", standing.watch.best_diversity},
          {"alike_epochs", standing.watch.alike_epochs},
          {"empty_epochs", standing.watch.empty_epochs},
          {"history", standing.history}};
}

/// Checkpoints of the first version lack what came later.
Standing standing_of(const nlohmann::json& state) {
  Standing standing;
  standing.next_step = state.at("next_step").get<std::int64_t>();
  standing.judged_step = state.at("judged_step").get<std::int64_t>();
  standing.best_score = state.at("best_score").get<double>();
  standing.best_step = state.at("best_step").get<std::int64_t>();
  standing.best_error = state.value("best_error", 0.0);
  standing.worse_epochs = state.value("worse_epochs", std::int64_t{0});
  standing.watch.best_diversity = state.value("best_diversity", 0.0);
  standing.watch.alike_epochs = state.value("alike_epochs", std::int64_t{0});
  standing.watch.empty_epochs = state.value("empty_epochs", std::int64_t{0});
  standing.history = state.value("history", nlohmann::json::array());
  return standing;
}

void Journal::save(const Recipe& recipe, const Standing& standing, const std::filesystem::path& file,
                   const nlohmann::json& physics) const {
  auto state = to_json(standing);
  state["about"] = about_;
  state["physics"] = physics;
  state["generator"] = generator_record(recipe.trained());
  state["prefix"] = recipe.trained_prefix();
  write_checkpoint({state.dump(), recipe.state()}, file);
}

Standing Journal::load(Recipe& recipe, const std::filesystem::path& file, bool same_run) {
  const auto checkpoint = read_checkpoint(file);
  try {
    const auto state = nlohmann::json::parse(checkpoint.json);
    if (same_run) {
      const auto& about = state.at("about");
      check_same_run(about, about_, file);
      for (const char* key : {"started_from", "first_step"})
        if (about.contains(key)) about_[key] = about.at(key);
      const auto threads = about.value("threads", about_.at("threads"));
      if (threads != about_.at("threads"))
        log_info(fmt::format("{}: written with {} threads, now there are {}: sums may be rounded otherwise",
                             file.string(), threads.dump(), about_.at("threads").dump()));
    }
    const auto then = state.at("about").at("recipe").get<std::string>(), now = about_.at("recipe").get<std::string>();
    if (then != now)
      throw bad_input(
          fmt::format("{}: is of recipe {}, whose numbers recipe {} cannot take; give --recipe {}, or leave "
                      "--recipe out",
                      file.string(), then, now, then));
    try {
      recipe.load_state(checkpoint.tensors);
    } catch (const Error& error) {
      throw bad_input(fmt::format("{}: {}", file.string(), error.what()));
    }
    return standing_of(state);
  } catch (const nlohmann::json::exception& error) {
    throw unreadable(file, fmt::format("unreadable state ({})", error.what()));
  } catch (const std::out_of_range& error) {
    throw unreadable(file, fmt::format("a tensor is missing ({})", error.what()));
  }
}

void Journal::note(const nlohmann::json& line) const {
  std::ofstream out(metrics(), std::ios::app);
  // A loss that is not a number is null in JSON: the line says it all the same.
  out << line.dump() << '\n';
  if (!out.flush()) throw write_failure(metrics());
}

std::vector<nlohmann::json> Journal::lines() const {
  std::ifstream in(metrics());
  std::vector<nlohmann::json> lines;
  for (std::string text; std::getline(in, text);) {
    auto line = nlohmann::json::parse(text, nullptr, false);
    if (!line.is_object()) continue;
    if (line.contains("about")) lines.clear();
    lines.push_back(std::move(line));
  }
  return lines;
}

bool Journal::forget_after(std::int64_t step) const {
  const auto all = lines();
  std::string kept;
  bool about = false;
  for (const auto& line : all) {
    if (line.value("step", std::int64_t{0}) > step || line.contains("stopped")) continue;
    about = about || line.contains("about");
    kept += line.dump() + "\n";
  }
  write_text_file(metrics(), kept);
  return about;
}

std::string recipe_of_checkpoint(const std::filesystem::path& file) {
  const auto checkpoint = read_checkpoint(file);
  try {
    return nlohmann::json::parse(checkpoint.json).at("about").at("recipe").get<std::string>();
  } catch (const nlohmann::json::exception& error) {
    throw unreadable(file, fmt::format("unreadable state ({})", error.what()));
  }
}

StoredGenerator read_stored_generator(const std::filesystem::path& file) {
  const auto checkpoint = read_checkpoint(file);
  try {
    const auto state = nlohmann::json::parse(checkpoint.json);
    StoredGenerator stored;
    stored.about = state.at("about");
    stored.physics = state.at("physics");
    stored.standing = standing_of(state);
    stored.generator = read_generator_record(state.at("generator"), file.string());
    stored.generator.parameters = take_under(state.at("prefix").get<std::string>(), checkpoint.tensors);
    stored.geant4 = take_under("geant4.", checkpoint.tensors);
    return stored;
  } catch (const nlohmann::json::exception& error) {
    throw unreadable(file, fmt::format("unreadable state ({})", error.what()));
  }
}

}  // namespace octocal::train
