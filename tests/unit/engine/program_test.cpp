// SPDX-License-Identifier: Apache-2.0
#include "octocal/engine/program.hpp"

#include <gtest/gtest.h>

#include <numeric>
#include <thread>

#include "octocal/base/error.hpp"
#include "unit/engine/allocation_count.hpp"
#include "unit/engine/graph_making.hpp"

namespace octocal::engine::test {
namespace {

model::Graph mixed_graph(std::uint64_t seed) {
  GraphMaker make(seed);
  auto value = make.convolution(make.input("x", {5, 8, 8}), {5, 16, 3, 8, 8});
  value = make.fake_quantize(make.batch_norm(make.leaky_relu(value), 16), 0.02F, 99);
  value = make.int8_convolution(value, {16, 16, 5, 8, 8, 2, 1, 2, true}, true);
  value = make.fake_quantize(value, 0.03F, 120);
  make.output(make.int8_convolution(value, {16, 7, 3, 16, 16}));
  return make.graph();
}

std::string refusal(const model::Graph& graph, const CompileOptions& options = {}) {
  try {
    static_cast<void>(Program::compile(graph, options));
  } catch (const Error& error) {
    EXPECT_EQ(error.exit_code(), 2);
    return error.what();
  }
  return "compiled";
}

TEST(Program, AShowerIsTheSameBytesInEveryBatch) {
  const auto graph = mixed_graph(1);
  const auto inputs = random_inputs(graph, 19, 2);
  const auto alone = run_graph(graph, inputs, 1);
  for (const std::size_t batch : {2, 3, 8, 19}) EXPECT_EQ(run_graph(graph, inputs, batch), alone) << batch;
}

TEST(Program, IsSharedByThreads) {
  const auto graph = mixed_graph(2);
  const auto inputs = random_inputs(graph, 8, 3);
  const auto program = Program::compile(graph);
  const auto expected = run_program(program, inputs);
  std::vector<std::vector<std::vector<float>>> results(4);
  std::vector<std::thread> threads;
  for (auto& result : results)
    threads.emplace_back([&] {
      for (int i = 0; i < 20; ++i) result = run_program(program, inputs);
    });
  for (auto& thread : threads) thread.join();
  for (const auto& result : results) EXPECT_EQ(result, expected);
}

TEST(Program, RunDoesNotAllocate) {
  // oneDNN makes a small table of arguments a call, nothing as large as a tensor, and gives it back; the engine
  // nothing.
  const auto graph = mixed_graph(3);
  const auto program = Program::compile(graph);
  Stream stream(program);
  const auto inputs = random_inputs(graph, 8, 4);
  std::vector<float> output(8 * 7 * 16 * 16);
  const std::vector<std::span<const float>> in = {inputs.at("x").as<float>()};
  const std::vector<std::span<float>> out = {output};
  const AllocationCount count;
  stream.run(8, in, out);
  EXPECT_EQ(count.not_freed(), 0);
  EXPECT_LT(count.largest(), 1024U);

  GraphMaker make(4);
  make.output(make.batch_norm(make.node("Relu", {make.input("x", {5, 8, 8})}), 5));
  Stream own(Program::compile(make.graph()));
  const std::vector<std::span<float>> small = {std::span(output).first(8 * 5 * 8 * 8)};
  const AllocationCount none;
  own.run(8, in, small);
  EXPECT_EQ(none.calls(), 0);
}

TEST(Program, ProfilesEveryLayer) {
  const auto graph = mixed_graph(5);
  const auto program = Program::compile(graph);
  Stream stream(program);
  const auto inputs = random_inputs(graph, 8, 4);
  std::vector<float> output(8 * 7 * 16 * 16);
  const std::vector<std::span<const float>> in = {inputs.at("x").as<float>()};
  const std::vector<std::span<float>> out = {output};
  stream.run(8, in, out);
  const auto off = stream.layer_seconds();
  EXPECT_EQ(std::accumulate(off.begin(), off.end(), 0.0), 0.0);
  stream.profile(true);
  stream.run(8, in, out);
  const auto on = stream.layer_seconds();
  ASSERT_EQ(on.size(), program->layers().size());
  for (const double seconds : on) EXPECT_GT(seconds, 0.0);
}

TEST(Program, ReportsMacsAndMemory) {
  const auto program = Program::compile(mixed_graph(6), {4});
  std::uint64_t macs = 0;
  for (const auto& layer : program->layers()) macs += layer.macs;
  EXPECT_EQ(macs, 8U * 8 * 9 * 5 * 16 + 8U * 8 * 25 * 16 * 16 + 16U * 16 * 9 * 16 * 7);
  EXPECT_EQ(program->max_batch(), 4U);
  EXPECT_GT(program->weight_bytes(), 9U * 5 * 16 * 4 + 25U * 16 * 16);
  EXPECT_GT(program->scratch_bytes(), 0U);
}

TEST(Program, RefusesWhatItCannotRunNamingTheModelFirst) {
  GraphMaker moved(8);
  moved.output(moved.node("Transpose", {moved.input("x", {3, 4})}, {{"perm", std::vector<std::int64_t>{1, 0, 2}}}));
  EXPECT_TRUE(refusal(moved.graph(), {8, "m.onnx"}).starts_with("m.onnx: layer Transpose0: "))
      << refusal(moved.graph(), {8, "m.onnx"});
  // A refusal that names the model of its own accord does not name it twice.
  GraphMaker missing(9);
  missing.output(missing.node("Relu", {missing.input("x", {3, 4})}));
  auto graph = missing.graph();
  graph.nodes.front().inputs = {"nothing"};
  const auto text = refusal(graph, {8, "m.onnx"});
  EXPECT_TRUE(text.starts_with("m.onnx: ")) << text;
  EXPECT_EQ(text.rfind("m.onnx"), 0U) << text;
  EXPECT_EQ(refusal(mixed_graph(7), {0, "m.onnx"}).rfind("m.onnx: batch 0", 0), 0U);
}

TEST(Program, RefusesWhatItCannotRunNamingTheLayer) {
  EXPECT_NE(refusal(mixed_graph(7), {0}).find("batch 0"), std::string::npos);

  GraphMaker moved(8);
  moved.output(moved.node("Transpose", {moved.input("x", {3, 4})}, {{"perm", std::vector<std::int64_t>{1, 0, 2}}}));
  EXPECT_NE(refusal(moved.graph()).find("Transpose0"), std::string::npos) << refusal(moved.graph());

  GraphMaker line(9);
  line.output(line.node("Conv", {line.input("x", {3, 9}), line.constant({2, 3, 3}, 0, 1)}));
  EXPECT_NE(refusal(line.graph()).find("Conv0: a convolution over 1 axis"), std::string::npos) << refusal(line.graph());

  GraphMaker cast(11);
  cast.output(cast.node("Cast", {cast.node("Cast", {cast.input("x", {3})}, {{"to", std::int64_t{6}}})},
                        {{"to", std::int64_t{1}}}));
  EXPECT_NE(refusal(cast.graph()).find("Cast0: Cast from float32 to int32"), std::string::npos)
      << refusal(cast.graph());
}

}  // namespace
}  // namespace octocal::engine::test
