// SPDX-License-Identifier: Apache-2.0
#include "octocal/train/resume_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "octocal/base/error.hpp"
#include "octocal/model/network_file.hpp"
#include "octocal/train/recipe_choice.hpp"

namespace octocal::train {
namespace {

/// What may differ.
constexpr std::array<std::string_view, 10> kFree = {"steps",
                                                    "patience",
                                                    "threads",  // how far, how fast
                                                    "training_showers",
                                                    "validation_showers",
                                                    "energy_min_gev",
                                                    "energy_max_gev",
                                                    "response",  // of the data
                                                    "started_from",
                                                    "first_step"};  // before the first step

/// What checkpoints do not say that were written when there was no other value.
nlohmann::json former_values() {
  return {{"network", model::network_text({})},
          {"validation_share", 0.15},
          {"precision", "float32"},
          {"stream_blocks", 0},
          {"device", "cpu"},
          {"tf32", true}};
}

/// Older versions wrote 0 or -1 for the recipe's own value.
nlohmann::json with_recipes_own(nlohmann::json about) {
  const auto number = [&about](const char* key, auto& setting, double least) {
    const auto found = about.find(key);
    if (found == about.end() || !found->is_number() || found->template get<double>() < least) return;
    setting = found->template get<typename std::remove_reference_t<decltype(setting)>::value_type>();
  };
  TrainingSettings settings;
  settings.recipe = about.at("recipe").get<std::string>();
  settings.steps = about.at("steps").get<std::int64_t>();
  number("schedule_steps", settings.schedule_steps, 1);
  number("batch", settings.batch, 1);
  number("rate", settings.rate, 1e-300);
  number("profile_steps", settings.profile_steps, 0);
  number("critic_from", settings.critic_from, 0);
  number("critic_weight", settings.critic_weight, 0);
  const auto own = recipe_settings(settings);
  for (const auto& [key, value] : own.items())
    if (about.contains(key)) about[key] = value;
  // Older versions wrote other comments, and of recipe cells the sizes alone.
  if (about.contains("network")) {
    settings.network = model::parse_network(about.at("network").get<std::string>(), "its network");
    about["network"] = model::network_text(network_of(settings));
  }
  return about;
}

/// cuda:1 computes what cuda:0 does.
nlohmann::json comparable(const std::string& key, const nlohmann::json& value) {
  if (key != "device" || !value.is_string()) return value;
  const auto text = value.get<std::string>();
  return text.substr(0, text.find(':'));
}

/// Whether a run with another value can start from the checkpoint: another recipe or network has other numbers in it.
bool fits_from(const std::string& key) { return key != "recipe" && key != "network"; }

std::string option_of(const std::string& key) {
  if (key == "data_hash") return "--data";
  if (key == "stream_blocks") return "--memory";
  std::string option = "--" + key;
  std::replace(option.begin(), option.end(), '_', '-');
  return option;
}

std::string difference(const std::string& key, const nlohmann::json& then, const nlohmann::json& now) {
  const auto option = option_of(key);
  if (key == "network") return "network was another then (a run goes on with the same); give the same --network";
  if (key == "data_hash" || key == "stream_blocks")
    return fmt::format("{} was {} then and is {} now (a resumed run goes on with the same); give the same {}", key,
                       then.dump(), now.dump(), option);
  const auto remedy = then.is_boolean()  ? (then.get<bool>() ? option : "--no-" + option.substr(2))
                      : then.is_string() ? option + " " + then.get<std::string>()
                                         : option + " " + then.dump();
  return fmt::format("{} was {} then and is {} now (a resumed run goes on with the same); give {}", key, then.dump(),
                     now.dump(), remedy);
}

}  // namespace

void check_same_run(const nlohmann::json& there, const nlohmann::json& here, const std::filesystem::path& file) {
  const auto before = with_recipes_own(there);
  const auto former = former_values();
  std::vector<std::string> keys = {"recipe"};  // first: another recipe has other values of its own
  for (const auto& [key, value] : here.items()) keys.push_back(key);
  for (const auto& key : keys) {
    if (std::find(kFree.begin(), kFree.end(), key) != kFree.end()) continue;
    const auto& now = here.at(key);
    if (!before.contains(key) && !former.contains(key))
      throw bad_input(fmt::format(
          "{}: does not say its {} (an older octocal wrote it), and a resumed run must go on with the same; start from "
          "it with --from instead",
          file.string(), key));
    const auto& then = before.contains(key) ? before.at(key) : former.at(key);
    if (comparable(key, then) != comparable(key, now))
      throw bad_input(fmt::format("{}: {}{}", file.string(), difference(key, then, now),
                                  fits_from(key) ? ", or start from it with --from" : ""));
  }
}

}  // namespace octocal::train
