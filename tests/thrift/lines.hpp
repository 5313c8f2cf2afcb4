#pragma once
/// A log that tests look into.
#include <algorithm>
#include <cstddef>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

namespace chunkwise_test {

/// Lines of a log.
struct Lines {
  std::mutex mutex;
  std::vector<std::string> all;
  std::function<void(const std::string&)> log() {
    return [this](const std::string& line) {
      const std::scoped_lock lock(mutex);
      all.push_back(line);
    };
  }
  [[nodiscard]] std::size_t with(const std::string& text) {
    const std::scoped_lock lock(mutex);
    return static_cast<std::size_t>(
        std::ranges::count_if(all, [&](const std::string& line) { return line.find(text) != std::string::npos; }));
  }
  [[nodiscard]] std::string text() {
    const std::scoped_lock lock(mutex);
    std::string joined;
    for (const std::string& line : all) joined += line + "\n";
    return joined;
  }
};

}  // namespace chunkwise_test
