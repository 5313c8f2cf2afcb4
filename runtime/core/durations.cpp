#include "runtime/core/durations.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <ctime>
#include <iterator>
#include <sstream>
#include <string_view>
#include <utility>

#include "chunkwise/core/error.hpp"
#include "runtime/core/printable.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

void require_seconds(double seconds, const char* what, double least) {
  constexpr double most = 1e9;
  if (seconds >= least && seconds <= most) return;
  throw Error(ErrorCode::invalid_argument, std::string(what) + " is " + seconds_text(seconds) +
                                               ", which is no number of seconds from " + seconds_text(least) +
                                               " to 1000000000");
}

double parse_seconds(const std::string& text, const char* what) {
  const auto refuse = [&] {
    return Error(ErrorCode::invalid_argument,
                 std::string(what) + " '" + printable(text) +
                     "' is no time up to 1000000000 seconds; write for example 90, 55m, 1.5h, 2d or 1-12:00:00");
  };
  const char* at = text.data();
  const char* const last = at + text.size();
  double seconds = 0;
  const auto number = [&] {
    double read = 0;
    const auto [end, error] = std::from_chars(at, last, read, std::chars_format::fixed);
    if (error != std::errc{} || !(read >= 0)) throw refuse();
    at = end;
    return read;
  };
  if (text.find(':') == std::string::npos) {
    seconds = number();
    constexpr std::pair<std::string_view, double> units[] = {{"", 1}, {"s", 1}, {"m", 60}, {"h", 3600}, {"d", 86400}};
    const std::string_view rest(at, static_cast<std::size_t>(last - at));
    const auto unit = std::ranges::find_if(units, [&](const auto& known) { return known.first == rest; });
    if (unit == std::end(units)) throw refuse();
    seconds *= unit->second;
  } else {
    double days = 0;
    double sum = number();
    if (at < last && *at == '-') days = sum, ++at, sum = number();
    int colons = 0;
    for (; at < last && *at == ':' && colons < 2; ++colons) ++at, sum = sum * 60 + number();
    if (at != last || colons == 0) throw refuse();
    // DAYS-HOURS:MINUTES has no seconds.
    if (days > 0 && colons == 1) sum *= 60;
    seconds = days * 86400 + sum;
  }
  if (seconds > 1e9) throw refuse();
  return seconds;
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
