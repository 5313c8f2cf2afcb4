// The options of a cluster as a text: "slurm://?workers=4&threads=2".
#include <algorithm>
#include <charconv>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>

#include "chunkwise/core/error.hpp"
#include "chunkwise/start_cluster.hpp"
#include "runtime/core/printable.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

namespace {

/// Returns the text with the byte that each %XX stands for.
std::string unescaped(std::string_view text) {
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned byte = 0;
    const char* const digits = text.data() + i + 1;
    if (text[i] == '%' && i + 2 < text.size() && std::from_chars(digits, digits + 2, byte, 16).ptr == digits + 2) {
      bytes += static_cast<char>(byte);
      i += 2;
    } else {
      bytes += text[i];
    }
  }
  return bytes;
}

int number_in(const std::string& word, const std::string& text) {
  int number = 0;
  const char* const last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, number);
  if (error != std::errc{} || end != last || number < 0)
    throw Error(ErrorCode::invalid_argument, "'" + printable(text) + "' is no number of " + word);
  return number;
}

void set_option(ClusterOptions& options, const std::string& word, const std::string& value) {
  if (word == "adapt") {
    const std::size_t colon = value.find(':');
    if (colon == std::string::npos)
      throw Error(ErrorCode::invalid_argument, "'" + printable(value) + "' is no A:B, the least and the most workers");
    options.least_workers = number_in(word, value.substr(0, colon));
    options.most_workers = number_in(word, value.substr(colon + 1));
    if (options.most_workers == 0)
      throw Error(ErrorCode::invalid_argument, "'" + printable(value) + "' leaves no worker; B is 1 at least");
  } else if (word == "workers") {
    options.workers = number_in(word, value);
  } else if (word == "threads") {
    options.threads = number_in(word, value);
  } else if (word == "memory") {
    options.memory_limit = parse_bytes(value);
  } else if (word == "data-root") {
    options.data_roots.push_back(value);
  } else if (word == "option") {
    options.job_options.push_back(value);
  } else if (word == "hosts") {
    std::istringstream hosts(value);
    for (std::string host; std::getline(hosts, host, ',');) options.hosts.push_back(host);
  } else {
    const std::pair<const char*, std::string ClusterOptions::*> texts[] = {{"spill", &ClusterOptions::spill_directory},
                                                                           {"template", &ClusterOptions::job_template},
                                                                           {"name", &ClusterOptions::name},
                                                                           {"listen", &ClusterOptions::listen},
                                                                           {"advertise", &ClusterOptions::advertise},
                                                                           {"folder", &ClusterOptions::folder},
                                                                           {"logs", &ClusterOptions::logs},
                                                                           {"program", &ClusterOptions::program},
                                                                           {"metrics", &ClusterOptions::metrics},
                                                                           {"interface", &ClusterOptions::interface}};
    const auto known = std::ranges::find_if(texts, [&](const auto& entry) { return word == entry.first; });
    if (known == std::end(texts))
      throw Error(
          ErrorCode::invalid_argument,
          "'" + printable(word) +
              "' is no word for a cluster; there are: workers, adapt, threads, memory, data-root, spill, option, "
              "template, name, listen, advertise, folder, logs, program, metrics, interface, hosts");
    options.*known->second = value;
  }
}

}  // namespace

ClusterOptions cluster_options(const TextArgument& given) {
  const std::string_view uri = given;
  constexpr std::pair<std::string_view, Launcher> schemes[] = {{"local-cluster", Launcher::local},
                                                               {"ssh", Launcher::ssh},
                                                               {"slurm", Launcher::slurm},
                                                               {"sge", Launcher::sge},
                                                               {"scheduler", Launcher::other}};
  const auto refuse = [&](const std::string& why) {
    return Error(ErrorCode::invalid_argument, "connect: '" + printable(uri) + "' " + why);
  };
  const std::size_t colon = uri.find(':');
  const auto scheme =
      std::ranges::find_if(schemes, [&](const auto& known) { return known.first == uri.substr(0, colon); });
  if (scheme == std::end(schemes))
    throw refuse("names nobody who starts clusters; write local-cluster, ssh, slurm, sge or scheduler before ://");
  ClusterOptions options;
  options.launcher = scheme->second;
  options.workers = -1;
  std::string_view rest = colon == std::string_view::npos ? "" : uri.substr(colon + 1);
  if (rest.starts_with("//")) rest.remove_prefix(2);
  if (!rest.empty() && !rest.starts_with('?'))
    throw refuse("has '" + printable(rest) + "' in it; write " + std::string(scheme->first) +
                 "://?workers=4&threads=2");
  while (!rest.empty()) {
    rest.remove_prefix(1);  // ? or &
    const std::string_view setting = rest.substr(0, rest.find('&'));
    rest.remove_prefix(setting.size());
    const std::size_t equals = setting.find('=');
    if (equals == std::string_view::npos)
      throw refuse("has '" + printable(setting) + "' in it, which is no WORD=VALUE");
    try {
      set_option(options, std::string(setting.substr(0, equals)), unescaped(setting.substr(equals + 1)));
    } catch (const Error& error) {
      throw refuse(std::string("cannot be read: ") + error.what());
    }
  }
  if (options.workers < 0)
    options.workers =
        options.most_workers > 0 ? options.least_workers : std::max(static_cast<int>(options.hosts.size()), 1);
  return options;
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
