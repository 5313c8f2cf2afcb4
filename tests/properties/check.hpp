#pragma once
/// RapidCheck with a number of cases chosen by the test. CHUNKWISE_PROPERTY_SCALE (1) multiplies it; RC_PARAMS chooses
/// a seed. A property that fails is cut down, and prints the RC_PARAMS that bring the failure back.
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/detail/Configuration.h>
#include <rapidcheck/detail/TestListenerAdapter.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <sstream>
#include <string>
#include <utility>

namespace chunkwise::properties {

/// Checks a property for so many cases; fails the running test where it does not hold.
template <class Property>
void check(int cases, Property&& property) {
  const char* const scale = std::getenv("CHUNKWISE_PROPERTY_SCALE");
  const auto* const test = testing::UnitTest::GetInstance()->current_test_info();
  rc::detail::TestMetadata metadata;
  metadata.id = std::string(test->test_suite_name()) + "/" + test->name();
  metadata.description = test->name();
  rc::detail::TestParams params = rc::detail::configuration().testParams;
  params.maxSuccess = std::max(1, static_cast<int>(cases * (scale ? std::atof(scale) : 1.0)));
  rc::detail::TestListenerAdapter silent;
  const auto result = rc::detail::checkTestable(std::forward<Property>(property), metadata, params, silent,
                                                rc::detail::configuration().reproduce);
  if (result.template is<rc::detail::SuccessResult>()) return;
  if (!result.template is<rc::detail::FailureResult>()) {
    std::ostringstream text;
    rc::detail::printResultMessage(result, text);
    FAIL() << text.str();
  }
  // The single choices mean nothing to a reader; what they led to is in the description.
  const auto& failure = result.template get<rc::detail::FailureResult>();
  rc::detail::Configuration again;
  again.reproduce.emplace(metadata.id, failure.reproduce);
  FAIL() << failure.description << "\n\nafter " << failure.numSuccess
         << " cases that hold; to see it again: RC_PARAMS=\"" << rc::detail::configToMinimalString(again) << '"';
}

/// A number of [0, n), all as likely from the first case on; towards 0 where a failure is cut down.
inline std::int64_t choose(std::int64_t n) {
  return *rc::gen::resize(rc::kNominalSize, rc::gen::inRange<std::int64_t>(0, n));
}

}  // namespace chunkwise::properties
