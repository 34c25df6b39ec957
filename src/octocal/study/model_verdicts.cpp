// SPDX-License-Identifier: Apache-2.0
#include "octocal/study/model_verdicts.hpp"

#include "octocal/base/error.hpp"
#include "octocal/engine/shower_generator.hpp"
#include "octocal/model/generator_info.hpp"
#include "octocal/quant/structure.hpp"

namespace octocal::study {
namespace {

/// The sentence that a check throws, "" if it throws none.
template <typename Check>
std::string refusal_of(const Check& check) {
  try {
    check();
    return {};
  } catch (const Error& error) {
    return error.what();
  }
}

}  // namespace

std::vector<ModelVerdict> judge_model(const model::Graph& graph, const std::string& file,
                                      const std::map<std::string, std::string>& model_info) {
  const auto runs =
      refusal_of([&] { engine::check_generator(graph, model::read_generator_info(graph, file, model_info), file); });
  const auto quantizes =
      runs.empty() ? refusal_of([&] { quant::find_structure(quant::without_identities(graph), file); }) : runs;
  return {{"generate, validate, compare, bench", runs}, {"quantize, tune", quantizes}};
}

}  // namespace octocal::study
