#pragma once
/// Traces as a viewer reads them: JSON in the trace event format.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace chunkwise_test {

struct TraceEvents {
  struct Span {
    std::string name, category;
    std::int64_t begin = 0, end = 0;  ///< nanoseconds
    std::pair<int, int> thread;       ///< numbers of process and thread
    std::uint64_t bytes = 0;
    bool failed = false;
  };
  std::map<int, std::string> processes;
  std::map<std::pair<int, int>, std::string> threads;
  std::vector<Span> spans;
  std::uint64_t left_out = 0;
  std::vector<std::string> without_answer;

  /// Throws if the text is no such JSON.
  explicit TraceEvents(const std::string& text) {
    const nlohmann::json trace = nlohmann::json::parse(text);
    const auto nanoseconds = [](const nlohmann::json& number) {
      return static_cast<std::int64_t>(std::llround(number.get<double>() * 1000));
    };
    for (const nlohmann::json& event : trace.at("traceEvents")) {
      const std::pair<int, int> thread{event.at("pid").get<int>(), event.at("tid").get<int>()};
      const nlohmann::json& arguments = event.at("args");
      const std::string name = event.at("name");
      if (event.at("ph") == "X") {
        const std::int64_t begin = nanoseconds(event.at("ts"));
        spans.push_back({name, event.at("cat"), begin, begin + nanoseconds(event.at("dur")), thread,
                         arguments.value("bytes", std::uint64_t{0}), arguments.value("failed", false)});
      } else {
        EXPECT_EQ(event.at("ph"), "M") << event;
        if (name == "process_name") processes[thread.first] = arguments.at("name");
        if (name == "thread_name") threads[thread] = arguments.at("name");
      }
    }
    left_out = trace.at("otherData").at("spans_left_out");
    without_answer = trace.at("otherData").at("processes_without_answer").get<std::vector<std::string>>();
  }

  [[nodiscard]] std::vector<Span> of(const std::string& category) const {
    std::vector<Span> found;
    for (const Span& span : spans)
      if (span.category == category) found.push_back(span);
    return found;
  }
  [[nodiscard]] std::vector<Span> named(const std::string& name) const {
    std::vector<Span> found;
    for (const Span& span : spans)
      if (span.name == name) found.push_back(span);
    return found;
  }
  [[nodiscard]] std::uint64_t bytes_of(const std::string& category) const {
    std::uint64_t sum = 0;
    for (const Span& span : of(category)) sum += span.bytes;
    return sum;
  }
  /// Returns the names of the processes that have spans of a category.
  [[nodiscard]] std::set<std::string> processes_with(const std::string& category) const {
    std::set<std::string> names;
    for (const Span& span : of(category)) names.insert(processes.at(span.thread.first));
    return names;
  }

  /// Each process and thread of a span has a name, no time is negative, and spans of a thread lie beside or within each
  /// other.
  void expect_valid() const {
    std::map<std::pair<int, int>, std::vector<Span>> by_thread;
    for (const Span& span : spans) {
      EXPECT_GE(span.begin, 0) << span.name;
      EXPECT_GE(span.end, span.begin) << span.name;
      EXPECT_TRUE(processes.contains(span.thread.first)) << span.name;
      EXPECT_TRUE(threads.contains(span.thread)) << span.name;
      by_thread[span.thread].push_back(span);
    }
    for (auto& [thread, all] : by_thread) {
      std::ranges::stable_sort(
          all, [](const Span& a, const Span& b) { return std::pair(a.begin, -a.end) < std::pair(b.begin, -b.end); });
      std::vector<Span> open;
      for (const Span& span : all) {
        while (!open.empty() && open.back().end <= span.begin) open.pop_back();
        if (!open.empty()) {
          EXPECT_LE(span.end, open.back().end)
              << span.name << " begins in " << open.back().name << " and ends after it";
        }
        open.push_back(span);
      }
    }
  }
};

}  // namespace chunkwise_test
