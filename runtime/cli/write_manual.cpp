// Writes the manual page and the completion while the project is built: write_manual man|bash FILE
#include <fstream>

#include "runtime/cli/manual.hpp"
#include "runtime/cli/verbs.hpp"

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  CLI::App app;
  chunkwise::cli::Action action;
  chunkwise::cli::describe(app, action);
  const bool man = std::string(argv[1]) == "man";
  std::ofstream out(argv[2]);
  out << (man ? chunkwise::cli::manual_page(app) : chunkwise::cli::bash_completion(app));
  out.close();
  return out ? 0 : 1;
}
