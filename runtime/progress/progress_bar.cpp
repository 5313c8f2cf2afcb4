#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdio>

#include "chunkwise/core/untyped_array.hpp"
#include "runtime/progress/waiting_lines.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

namespace {

std::string duration(double seconds) {
  if (!(seconds >= 0) || seconds > 359999) return "--:--";
  const auto whole = static_cast<long>(std::lround(seconds));
  std::array<char, 32> text{};
  if (whole >= 3600)
    std::snprintf(text.data(), text.size(), "%ld:%02ld:%02ld", whole / 3600, whole / 60 % 60, whole % 60);
  else
    std::snprintf(text.data(), text.size(), "%02ld:%02ld", whole / 60, whole % 60);
  return text.data();
}

/// Returns a line such as "zscore  62% ███████████████▌          1.24 GB/s  00:03 left".
std::string line(const std::string& title, const Progress& p) {
  const double share = p.total ? std::min(1.0, static_cast<double>(p.done) / static_cast<double>(p.total)) : 1.0;
  constexpr int cells = 30;
  const int eighths = static_cast<int>(share * cells * 8);
  std::string bar;
  for (int cell = 0; cell < cells; ++cell) {
    constexpr std::array<const char*, 9> blocks{" ", "▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"};
    bar += blocks[static_cast<std::size_t>(std::clamp(eighths - cell * 8, 0, 8))];
  }
  std::array<char, 16> percent{};
  std::snprintf(percent.data(), percent.size(), "%3d%%", static_cast<int>(share * 100));
  const double seconds = std::max(p.seconds, 1e-9);
  std::array<char, 32> elements{};
  std::snprintf(elements.data(), elements.size(), "%.3g M elements/s", static_cast<double>(p.done) / seconds / 1e6);
  const std::string rate =
      p.bytes_read > 0 ? format_bytes(static_cast<double>(p.bytes_read) / seconds) + "/s" : elements.data();
  // The bar has room for the cause of a wait, not for its remedy.
  const std::string time = !p.note.empty() ? p.note.substr(0, p.note.find(':'))
                           : p.finished    ? "in " + duration(p.seconds)
                                           : duration(share > 0 ? p.seconds * (1 - share) / share : -1) + " left";
  return (title.empty() ? "" : title + " ") + percent.data() + " |" + bar + "| " + rate + "  " + time;
}

}  // namespace

RunOption waiting_lines() {
  return {[](RunOptions& options) {
    using Clock = std::chrono::steady_clock;
    options.progress = [said = std::string(), since = Clock::now(), silence = 2.0](const Progress& p) mutable {
      const auto now = Clock::now();
      if (p.note != said) {
        said = p.note;
        since = now;
        silence = 2.0;  // seconds: a wait that is over by then is no news
      }
      if (p.note.empty() || std::chrono::duration<double>(now - since).count() < silence) return;
      std::fprintf(stderr, "chunkwise: %s\n", p.note.c_str());
      std::fflush(stderr);
      silence = std::max(silence * 4, 30.0);
    };
  }};
}

RunOption progress_bar(TextArgument title) {
  return {[title = std::string(std::move(title))](RunOptions& options) {
    if (!isatty(STDERR_FILENO)) return waiting_lines().apply(options);
    // A run that is over before anybody could read the bar shows none.
    options.progress = [title, shown = false](const Progress& p) mutable {
      constexpr double patience = 0.3;  // seconds
      shown = shown || p.seconds > patience;
      if (!shown) return;
      // Carriage return and "erase to the end of the line" keep the bar on one line.
      const std::string text = "\r" + line(title, p) + "\x1b[K" + (p.finished ? "\n" : "");
      std::fwrite(text.data(), 1, text.size(), stderr);
      std::fflush(stderr);
    };
  }};
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
