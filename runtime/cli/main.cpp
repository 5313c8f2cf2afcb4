// The command `chunkwise`: arrays over NetCDF files, from a shell.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <exception>
#include <iostream>
#include <new>
#include <string>
#include <utility>
#include <vector>

#include "chunkwise/core/error.hpp"
#include "runtime/cli/advice.hpp"
#include "runtime/cli/command_line.hpp"
#include "runtime/cli/hand_over.hpp"
#include "runtime/cli/interrupt.hpp"
#include "runtime/cli/line_trace.hpp"
#include "runtime/cli/result_file.hpp"
#include "runtime/cli/verbs.hpp"
#include "runtime/io/visible.hpp"

namespace {

/// Exit codes: a mistake of the user, and a failure of the work. A signal that ends the process makes it 128 + its
/// number.
constexpr int mistake = 2;
constexpr int failure = 1;

bool is_mistake(chunkwise::ErrorCode code) {
  using chunkwise::ErrorCode;
  switch (code) {
    case ErrorCode::invalid_argument:
    case ErrorCode::out_of_range:
    case ErrorCode::shape_mismatch:
    case ErrorCode::name_mismatch:
    case ErrorCode::type_mismatch:
    case ErrorCode::not_found:
    case ErrorCode::unsupported:
      return true;
    default:
      return false;
  }
}

/// Opens the standard streams that are missing: a file that is opened later must not become one of them.
void occupy_standard_streams() {
  for (int fd = ::open("/dev/null", O_RDWR); fd >= 0 && fd <= STDERR_FILENO; fd = ::open("/dev/null", O_RDWR))
    // Output to a missing standard output must not be taken for printed.
    if (fd == STDOUT_FILENO) ::close(fd), fd = ::open("/dev/null", O_RDONLY);
}

int complain(const std::string& what, int code) {
  // A bar that was under way makes room.
  std::cerr << (::isatty(STDERR_FILENO) != 0 ? "\r\x1b[K" : "")
            << "chunkwise: " << chunkwise::visible(chunkwise::cli::in_words_of_the_command(what)) << '\n';
  return code;
}

}  // namespace

int main(int argc, char** argv) {
  occupy_standard_streams();
  chunkwise::cli::handle_signals();
  chunkwise::cli::remember_command_line(argc, argv);
  CLI::App app;
  chunkwise::cli::Action action;
  chunkwise::cli::describe(app, action);
  try {
    std::vector<std::string> words = chunkwise::cli::words_for_parser(app, argc, argv);
    std::reverse(words.begin(), words.end());  // as the parser takes them
    app.parse(std::move(words));
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : mistake;
  }
  try {
    chunkwise::cli::require_same_version();
    const int code = chunkwise::cli::traced(action);
    chunkwise::cli::flush_output();
    return code;
  } catch (const chunkwise::Error& error) {
    if (error.code() == chunkwise::ErrorCode::cancelled && chunkwise::cli::signal_received() != 0)
      return complain(chunkwise::cli::words_for(chunkwise::cli::signal_received()),
                      128 + chunkwise::cli::signal_received());
    return complain(error.what(), is_mistake(error.code()) ? mistake : failure);
  } catch (const std::bad_alloc&) {
    return complain("the system has no memory left; give a --memory limit, or index or reduce the result", failure);
  } catch (const std::exception& error) {
    return complain(error.what(), failure);
  }
}
