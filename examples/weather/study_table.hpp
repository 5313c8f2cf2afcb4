#pragma once

/// \file
/// A table of the computations, their results and their times; a line appears as soon as it is known.

#include <chrono>
#include <iomanip>
#include <iostream>
#include <sstream>
#include <string>
#include <utility>

class StudyTable {
 public:
  StudyTable() {
    std::cout << std::left << std::setw(what_width) << "step" << std::setw(result_width) << "result" << std::right
              << std::setw(time_width) << "seconds" << '\n'
              << std::string(what_width + result_width + time_width, '-') << '\n';
  }

  /// Runs `work`, adds a line for it, and returns what it returned. `describe` makes the line's result of that.
  template <class Work, class Describe>
  auto measure(const std::string& what, const Work& work, const Describe& describe) {
    const auto start = std::chrono::steady_clock::now();
    auto result = work();
    const std::chrono::duration<double> time = std::chrono::steady_clock::now() - start;
    std::ostringstream line;
    line << std::left << std::setw(what_width) << what << std::setw(result_width) << describe(result) << std::right
         << std::setw(time_width) << std::fixed << std::setprecision(3) << time.count();
    std::cout << line.str() << std::endl;
    return result;
  }

 private:
  static constexpr int what_width = 40;
  static constexpr int result_width = 24;
  static constexpr int time_width = 10;
};
