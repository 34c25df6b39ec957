// SPDX-License-Identifier: Apache-2.0
#include "fuzz/fuzz_target.hpp"
#include "octocal/model/network_file.hpp"

namespace octocal::fuzz {

void read_damaged(const std::string& bytes) { model::parse_network(bytes, "network.toml"); }

}  // namespace octocal::fuzz
