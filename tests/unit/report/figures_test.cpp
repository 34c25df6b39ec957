// SPDX-License-Identifier: Apache-2.0
#include "octocal/report/figures.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "octocal/report/internal/drawing.hpp"
#include "octocal/report/internal/metrics_table.hpp"
#include "octocal/report/internal/plot.hpp"
#include "unit/report/validation_making.hpp"

namespace octocal::report {
namespace {

using nlohmann::json;
using testing::make_validation;

std::size_t times(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) ++count;
  return count;
}

TEST(Drawing, MeasuresHelvetica) {
  // Adobe's metrics: A 667, V 667, space 278, i 222 thousandths.
  EXPECT_NEAR(text_width("AV i", 10), (667 + 667 + 278 + 222) * 0.01, 1e-9);
  EXPECT_EQ(text_width("\n", 10), text_width("?", 10));
  EXPECT_EQ(text_width("", 10), 0);
}

Drawing small_drawing() {
  return {100,
          50,
          {DrawnLine{{{0, 0}, {10, 20}}, {255, 0, 0}, 1, true}, DrawnArea{{{1, 1}, {2, 1}, {2, 2}}, {0, 0, 255}},
           DrawnText{{50, 40}, "a<b> & (c\\d)", 8, Anchor::kMiddle, false, {}}}};
}

TEST(Drawing, IsSvg) {
  const auto svg = svg_of(small_drawing());
  EXPECT_NE(svg.find("points=\"0.00,0.00 10.00,20.00\""), std::string::npos);
  EXPECT_NE(svg.find("stroke=\"#ff0000\""), std::string::npos);
  EXPECT_NE(svg.find("a&lt;b&gt; &amp; (c\\d)</text>"), std::string::npos);
  EXPECT_NE(svg.find("text-anchor=\"middle\""), std::string::npos);
}

TEST(Drawing, IsPdf) {
  const auto pdf = pdf_of(small_drawing());
  EXPECT_TRUE(pdf.starts_with("%PDF-1.4\n"));
  EXPECT_NE(pdf.find("0.00 50.00 m\n10.00 30.00 l\nS"), std::string::npos) << "y goes up";
  EXPECT_NE(pdf.find("(a<b> & \\(c\\\\d\\))"), std::string::npos);
  // The index says where each object begins, and the trailer where the index does.
  for (int object = 1; object <= 5; ++object) {
    auto entry = pdf.find("xref\n0 6\n");
    entry += 9 + 20 * static_cast<std::size_t>(object);
    const auto at = std::stoul(pdf.substr(entry, 10));
    EXPECT_EQ(pdf.substr(at, 8), std::to_string(object) + " 0 obj\n");
  }
  const auto start = pdf.rfind("startxref\n") + 10;
  EXPECT_EQ(pdf.substr(std::stoul(pdf.substr(start)), 5), "xref\n");
  // The length of the stream is that between its words.
  const auto length = std::stoul(pdf.substr(pdf.find("/Length ") + 8));
  EXPECT_EQ(pdf.substr(pdf.find("stream\n") + 7 + length, 9), "endstream");
}

TEST(PlotOfSteps, PutsValuesWhereTheirAxisSays) {
  Plot plot{"", "x", "y", false, false, {{"a", {0, 1, 2}, {1, 3}, {}, false}}, false, false};
  Drawing drawing{200, 100, {}};
  draw_plot(plot, {0, 0, 200, 100}, 8, drawing);
  // The steps are the widest line; the middle edge lies in the middle, and the higher value higher.
  const DrawnLine* widest = nullptr;
  for (const auto& piece : drawing.pieces)
    if (const auto* line = std::get_if<DrawnLine>(&piece); line && line->places.size() == 4) widest = line;
  ASSERT_NE(widest, nullptr);
  EXPECT_NEAR(widest->places[1].x, (widest->places[0].x + widest->places[3].x) / 2, 1e-9);
  EXPECT_GT(widest->places[0].y, widest->places[3].y);
}

TEST(PlotOfSteps, LeavesOutWhatCannotBeShown) {
  const double nothing = std::nan("");
  Plot plot{"title", "", "", false, true, {{"a", {0, 1, 2, 3}, {0, nothing, -1}, {}, false}}, true, true};
  Drawing drawing{200, 100, {}};
  draw_plot(plot, {0, 0, 200, 100}, 8, drawing);
  EXPECT_EQ(drawing.pieces.size(), 1U) << "only the title";
}

json with_metrics() {
  auto document = make_validation();
  auto& samples = document["samples"];
  const auto number = [](double value, double error, double floor) {
    return json{{"value", value}, {"error", error}, {"floor", floor}};
  };
  for (auto& sample : samples) {
    sample["classifier"]["profiles"] = {
        {"auc", number(0.5, 0.02, 0.02)}, {"showers", 100}, {"folds", 5}, {"description", "d"}};
    sample["feature_distances"] = {
        {"profiles", nullptr},
        {"cells_summary",
         {{"fpd", number(-0.001, 0.002, 0)}, {"kpd", number(0.25, 0.125, 0)}, {"showers", 100}, {"numbers", 8}}}};
  }
  samples[1]["separation"] = {{"layer_energy", number(0.0625, 0.03, 0.01)}};
  samples[1]["separation"]["layer_energy"]["label"] = "energies of layers, 100 %";
  samples[1]["separation"]["layer_energy"]["layers"] = {
      {"value", {0.1, nullptr, 0.2, 0.3}}, {"error", {0.1, 0.1, 0.1, 0.1}}, {"floor", {0.05, 0.05, 0.05, 0.05}}};
  json layers = json::array();
  for (int z = 0; z < 4; ++z)
    layers.push_back(
        {{"low", 0.0}, {"high", 1.0}, {"counts", std::vector<int>(50, z)}, {"below", 0}, {"above", 1}, {"empty", 2}});
  for (auto& sample : samples) sample["layer_histograms"]["layer_energy"] = {{"label", "energies"}, {"layers", layers}};
  return document;
}

TEST(FiguresOfReport, AreSvgAndPdfOfAllThatThereIs) {
  const testing::TemporaryFolder folder;
  const auto files = figure_files(read_result_files(folder.write("run.json", with_metrics().dump())));
  const auto find = [&](const std::string& name) {
    const auto at = std::find_if(files.begin(), files.end(), [&](const FigureFile& file) { return file.name == name; });
    return at == files.end() ? std::string() : at->bytes;
  };
  for (const std::string name : {"hits", "profile_z", "layer_energy", "separation"}) {
    EXPECT_TRUE(find(name + ".svg").ends_with("</svg>\n")) << name;
    EXPECT_TRUE(find(name + ".pdf").ends_with("%%EOF\n")) << name;
    EXPECT_EQ(times(find(name + ".svg"), "nan"), 0U) << name;
  }
  for (const auto* layer : {"layer 0<", "layer 3<"}) EXPECT_EQ(times(find("layer_energy.svg"), layer), 1U);
  EXPECT_NE(find("separation.svg").find("two halves of Geant4"), std::string::npos);
  EXPECT_EQ(figure_files(read_result_files(folder.path() / "run.json")).size(), files.size());
  const auto plain = figure_files(read_result_files(folder.write("plain.json", make_validation().dump())));
  EXPECT_LT(plain.size(), files.size());
}

TEST(FiguresOfReport, TableHasGeant4AgainstGeant4BesideEachMetric) {
  const auto rows = metrics_of(with_metrics());
  const auto csv = metrics_csv(rows);
  EXPECT_TRUE(csv.starts_with("sample,metric,value,error,geant4_against_geant4,its_error\n"));
  EXPECT_NE(csv.find("\"float32\",\"separation power, energies of layers, 100 %\",0.0625,0.03,0.01,\n"),
            std::string::npos)
      << csv;
  EXPECT_NE(csv.find("\"int8\",\"KPD, numbers of cells\",0.25,0.125,0.25,0.125\n"), std::string::npos) << csv;
  EXPECT_EQ(csv.find("FPD, profiles"), std::string::npos) << "it was not measured";
  const auto tex = metrics_tex(rows);
  EXPECT_NE(tex.find(" & Geant4 & float32 & int8 \\\\"), std::string::npos) << tex;
  EXPECT_NE(tex.find("energies of layers, 100 \\% & $0.010$ & $0.062 \\pm 0.030$ & -- \\\\"), std::string::npos) << tex;
}

}  // namespace
}  // namespace octocal::report
