// SPDX-License-Identifier: Apache-2.0
#include "octocal/ranks/ranks.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <string>
#include <vector>

#include "octocal/base/error.hpp"

namespace octocal::ranks {
namespace {

// Run by itself this is rank 0 of 1; mpirun starts it with 2 and 3 ranks.
class OfRanks : public ::testing::Test {
 protected:
  Ranks& all = world();
  double n = all.size(), r = all.rank();
};

TEST_F(OfRanks, AreNumberedFromZero) {
  EXPECT_GE(all.rank(), 0);
  EXPECT_LT(all.rank(), all.size());
  EXPECT_EQ(all.first(), all.rank() == 0);
  EXPECT_EQ(all.alone(), all.size() == 1);
}

TEST_F(OfRanks, SumIsThatOfAllRanks) {
  EXPECT_EQ(all.sum(r + 1), n * (n + 1) / 2);
  EXPECT_EQ(all.sum(0.5), n / 2);
}

TEST_F(OfRanks, SumsInTheBackgroundAreThoseOfAllRanks) {
  std::vector<float> first(1000, static_cast<float>(r + 1)), second(7, 1.0F), none;
  all.begin_sum(first);
  all.begin_sum(none);
  all.begin_sum(second);
  all.go_on();
  all.finish_sums();
  for (const float number : first) ASSERT_EQ(number, static_cast<float>(n * (n + 1) / 2));
  for (const float number : second) ASSERT_EQ(number, static_cast<float>(n));
  all.finish_sums();  // nothing is left
}

TEST_F(OfRanks, AreToldWhatTheFirstSays) {
  EXPECT_EQ(all.told(all.first() ? "from rank 0" : "another text, and a longer one"), "from rank 0");
  EXPECT_EQ(all.told(all.first() ? "" : "x"), "");
  std::array<std::byte, 4> bytes{};
  if (all.first()) bytes.fill(std::byte{7});
  all.broadcast(bytes);
  for (const auto byte : bytes) EXPECT_EQ(byte, std::byte{7});
}

TEST_F(OfRanks, AgreeWhereNobodyFails) {
  bool ran = false;
  all.agree([&] { ran = true; });
  EXPECT_TRUE(ran);
}

/// What all ranks throw where `body` is the last one's.
Error refusal_of_last(Ranks& all, const std::function<void()>& body) {
  try {
    all.agree([&] {
      if (all.rank() == all.size() - 1) body();
    });
  } catch (const Error& error) {
    return error;
  }
  return run_failed("nothing was thrown");
}

TEST_F(OfRanks, ThrowTheErrorOfOneInAll) {
  const auto error = refusal_of_last(all, [] { throw bad_input("a.h5: is missing"); });
  EXPECT_EQ(error.code(), ErrorCode::kBadInput);
  EXPECT_EQ(error.what(),
            all.alone() ? "a.h5: is missing" : "rank " + std::to_string(all.size() - 1) + ": a.h5: is missing");
  EXPECT_EQ(all.agreed(), !all.alone());
}

TEST_F(OfRanks, KeepTheKindOfAnError) {
  EXPECT_EQ(refusal_of_last(all, [] { throw Error(ErrorCode::kInterrupted, "interrupted"); }).exit_code(), 130);
  EXPECT_EQ(refusal_of_last(all, [] { throw run_failed("the disk is full"); }).exit_code(), 1);
}

TEST_F(OfRanks, TellOneOfManyErrors) {
  try {
    all.agree([&] { throw bad_input("of rank " + std::to_string(all.rank())); });
    ADD_FAILURE() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "of rank 0");
  }
}

TEST(Alone, IsRankZeroOfOne) {
  EXPECT_EQ(alone().rank(), 0);
  EXPECT_EQ(alone().size(), 1);
  EXPECT_EQ(alone().sum(3), 3);
  EXPECT_EQ(alone().told("text"), "text");
}

/// MPI ends behind the last test.
class EndOfRanks : public ::testing::Environment {
 public:
  void TearDown() override { session_.reset(); }

 private:
  std::unique_ptr<Session> session_ = std::make_unique<Session>();
};
const auto* const kEnd = ::testing::AddGlobalTestEnvironment(new EndOfRanks);

}  // namespace
}  // namespace octocal::ranks
