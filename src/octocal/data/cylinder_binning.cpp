// SPDX-License-Identifier: Apache-2.0
#include "octocal/data/cylinder_binning.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <map>
#include <optional>
#include <string_view>
#include <vector>

#include "octocal/base/error.hpp"
#include "octocal/base/pending_file.hpp"
#include "octocal/base/printable_text.hpp"

namespace octocal::data {
namespace {

constexpr std::uintmax_t kMostXmlBytes = std::uintmax_t{1} << 24U;
constexpr const char* kXmlRemedy = "give the binning XML of CaloChallenge that belongs to the file";

Error not_binning(const std::string& file, const std::string& why) {
  return bad_input(fmt::format("{}: is no binning of a calorimeter ({}); {}", file, why, kXmlRemedy));
}

/// A tag that opens an element, with its attributes.
struct XmlTag {
  std::string name;
  std::map<std::string, std::string> attributes;

  const std::string& at(const std::string& key, const std::string& file) const {
    const auto found = attributes.find(key);
    if (found == attributes.end()) throw not_binning(file, fmt::format("a <{}> has no {}", name, key));
    return found->second;
  }
};

/// The opening tags in order. Elements of these files hold attributes and other elements only: nothing more of XML is
/// needed. What does not end, as a file that was cut, is refused.
class XmlTags {
 public:
  XmlTags(std::string_view text, const std::string& file) : rest_(text), file_(file) {}

  std::optional<XmlTag> next() {
    for (;;) {
      const auto start = rest_.find('<');
      if (start == std::string_view::npos) {
        if (!open_.empty()) throw not_binning(file_, fmt::format("<{}> does not end", open_.back()));
        return std::nullopt;
      }
      rest_.remove_prefix(start + 1);
      if (rest_.starts_with("!--")) {
        skip_behind("-->");
      } else if (rest_.starts_with("?") || rest_.starts_with("!")) {
        skip_behind(">");
      } else if (rest_.starts_with("/")) {
        rest_.remove_prefix(1);
        if (open_.empty() || word() != open_.back()) throw not_binning(file_, "it is not XML");
        open_.pop_back();
        skip_behind(">");
      } else {
        return tag();
      }
    }
  }

 private:
  void skip_behind(std::string_view end) {
    const auto at = rest_.find(end);
    if (at == std::string_view::npos) throw not_binning(file_, "a tag does not end");
    rest_.remove_prefix(at + end.size());
  }

  void skip_blanks() { rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t\r\n"), rest_.size())); }

  std::string word() {
    const auto end = std::min(rest_.find_first_of(" \t\r\n=/>"), rest_.size());
    std::string found(rest_.substr(0, end));
    rest_.remove_prefix(end);
    return found;
  }

  XmlTag tag() {
    XmlTag found{word(), {}};
    for (;;) {
      skip_blanks();
      if (rest_.empty()) throw not_binning(file_, "a tag does not end");
      if (rest_.front() == '>' || rest_.starts_with("/>")) {
        if (rest_.front() == '>') open_.push_back(found.name);
        skip_behind(">");
        return found;
      }
      const auto key = word();
      skip_blanks();
      if (key.empty() || !rest_.starts_with('=')) throw not_binning(file_, "it is not XML");
      rest_.remove_prefix(1);
      skip_blanks();
      const char quote = rest_.empty() ? ' ' : rest_.front();
      const auto end = quote == '"' || quote == '\'' ? rest_.find(quote, 1) : std::string_view::npos;
      if (end == std::string_view::npos) throw not_binning(file_, "it is not XML");
      auto& value = found.attributes[key];
      value = rest_.substr(1, end - 1);
      std::replace_if(
          value.begin(), value.end(), [](char c) { return c == '\n' || c == '\r' || c == '\t'; }, ' ');
      rest_.remove_prefix(end + 1);
    }
  }

  std::string_view rest_;
  const std::string& file_;
  std::vector<std::string> open_;  ///< elements that have not ended
};

template <typename Number>
Number number_of(std::string_view text, const std::string& file, const char* what) {
  const auto blank = [](char letter) { return letter == ' ' || letter == '\t'; };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  Number number{};
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failure != std::errc() || end != text.data() + text.size())
    throw not_binning(file, fmt::format("{} \"{}\" is no number", what, text.substr(0, 40)));
  return number;
}

std::vector<double> edges_of(std::string_view text, const std::string& file) {
  std::vector<double> edges;
  for (;;) {
    const auto comma = text.find(',');
    edges.push_back(number_of<double>(text.substr(0, comma), file, "an edge in r_edges"));
    if (edges.size() > 1 && !(edges.back() > edges[edges.size() - 2]))
      throw not_binning(file, "r_edges do not increase");
    if (comma == std::string_view::npos) return edges;
    text.remove_prefix(comma + 1);
  }
}

}  // namespace

CylinderBinning read_binning(const std::string& file) {
  std::error_code missing;
  if (std::filesystem::file_size(file, missing) > kMostXmlBytes && !missing) throw not_binning(file, "it is too large");
  const auto text = read_text_file(file);
  if (!is_printable(text, true)) throw not_binning(file, "it is no UTF-8 text");
  CylinderBinning binning;
  std::vector<double> edges;
  std::size_t particles = 0;
  XmlTags tags(text, file);
  while (const auto tag = tags.next()) {
    if (tag->name == "Bin") {
      binning.particle = tag->at("name", file);
      binning.pdg_code = number_of<int>(tag->at("pid", file), file, "pid");
      ++particles;
    } else if (tag->name == "Layer") {
      if (particles != 1)
        throw not_binning(file, particles == 0 ? "a layer is of no particle" : "it has many particles");
      const auto own_edges = edges_of(tag->at("r_edges", file), file);
      const auto angles = number_of<std::size_t>(tag->at("n_bin_alpha", file), file, "n_bin_alpha");
      if (binning.layers > 0 && (angles != binning.angles || own_edges != edges))
        throw bad_input(fmt::format(
            "{}: layer {} has {} x {} voxels (angle x radius), or other radii than the one before, which has "
            "{} x {} (all must be alike, as in CaloChallenge's datasets 2 and 3); such a calorimeter "
            "cannot be taken",
            file, binning.layers, angles, own_edges.size() - 1, binning.angles, edges.size() - 1));
      binning.angles = angles;
      edges = own_edges;
      ++binning.layers;
    }
  }
  if (binning.layers == 0) throw not_binning(file, "it has no layers");
  binning.radii = edges.size() - 1;
  if (!is_possible(binning.geometry()))
    throw not_binning(file, fmt::format("{} x {} x {} voxels; 1 to {} are possible", binning.layers, binning.angles,
                                        binning.radii, kMostCells));
  return binning;
}

}  // namespace octocal::data
