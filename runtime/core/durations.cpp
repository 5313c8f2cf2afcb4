#include "runtime/core/durations.hpp"

#include <array>
#include <ctime>
#include <sstream>

#include "chunkwise/core/error.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

void require_seconds(double seconds, const char* what, double least) {
  constexpr double most = 1e9;
  if (seconds >= least && seconds <= most) return;
  throw Error(ErrorCode::invalid_argument, std::string(what) + " is " + seconds_text(seconds) +
                                               ", which is no number of seconds from " + seconds_text(least) +
                                               " to 1000000000");
}

void require_threads(int threads, const char* what) {
  if (threads < 0 || threads > 1024)
    throw Error(ErrorCode::invalid_argument, std::string(what) + " is " + std::to_string(threads) +
                                                 "; give a number from 1 to 1024, or 0 for as many as there are CPUs");
}

std::string seconds_text(double seconds) {
  std::ostringstream text;
  text.precision(10);
  text << seconds;
  return text.str();
}

std::string time_of_log() {
  const std::time_t now = std::time(nullptr);
  std::tm local{};
  localtime_r(&now, &local);
  std::array<char, 32> text{};
  return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S", &local)};
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
