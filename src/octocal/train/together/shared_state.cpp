// SPDX-License-Identifier: Apache-2.0
#include "octocal/train/together/shared_state.hpp"

#include <ATen/ATen.h>

#include <cstddef>
#include <nlohmann/json.hpp>
#include <span>
#include <vector>

namespace octocal::train {

void share_tensors(ranks::Ranks& ranks, TensorMap& tensors) {
  if (ranks.alone()) return;
  auto list = nlohmann::json::array();
  if (ranks.first())
    for (const auto& [name, tensor] : tensors)
      list.push_back({name, static_cast<int>(tensor.scalar_type()), tensor.sizes().vec()});
  list = nlohmann::json::parse(ranks.told(list.dump()));
  TensorMap shared;
  for (const auto& entry : list) {
    const auto name = entry.at(0).get<std::string>();
    const auto type = static_cast<at::ScalarType>(entry.at(1).get<int>());
    auto tensor = ranks.first() ? tensors.at(name).detach().to(at::kCPU).contiguous()
                                : at::empty(entry.at(2).get<std::vector<std::int64_t>>(), type);
    ranks.broadcast({static_cast<std::byte*>(tensor.data_ptr()), tensor.nbytes()});
    shared[name] = tensor;
  }
  if (!ranks.first()) tensors = std::move(shared);
}

void share_state(ranks::Ranks& ranks, Recipe& recipe) {
  if (ranks.alone()) return;
  auto state = ranks.first() ? recipe.state() : TensorMap();
  share_tensors(ranks, state);
  if (!ranks.first()) recipe.load_state(state);
}

}  // namespace octocal::train
