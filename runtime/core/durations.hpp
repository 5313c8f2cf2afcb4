#pragma once
/// Numbers of seconds and threads that a user gives, checked before anything waits for them, and as text; the time.
#include <string>

#include "chunkwise/core/config.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

/// Throws invalid_argument unless the number of seconds, which the error calls `what`, is from `least` to 1e9, some
/// thirty years. NaN is refused: it would be waited for for ever.
void require_seconds(double seconds, const char* what, double least = 0);

/// Throws invalid_argument unless the number of threads is from 0, which leaves the choice, to 1024.
void require_threads(int threads, const char* what);

/// Returns the seconds of a text such as "90", "55m", "1.5h", "2d" (s, m, h, d), or of [[DAYS-]HOURS:]MINUTES:SECONDS
/// as schedulers write it. Throws invalid_argument, calling it `what`, for any other text and more than 1e9 seconds.
[[nodiscard]] double parse_seconds(const std::string& text, const char* what);

/// Returns a text such as "3600" or "0.5".
[[nodiscard]] std::string seconds_text(double seconds);

/// Returns the time of day, in the machine's zone, as logs have it: "2016-01-31 12:00:00".
[[nodiscard]] std::string time_of_log();

}  // namespace chunkwise::inline CHUNKWISE_ABI
