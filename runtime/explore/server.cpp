#include "runtime/explore/server.hpp"

#include <fcntl.h>
#include <sys/random.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <condition_variable>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <limits>
#include <mutex>
#include <optional>
#include <span>
#include <thread>
#include <utility>

#include "chunkwise/core/error.hpp"
#include "chunkwise/explain.hpp"
#include "chunkwise/io/netcdf.hpp"
#include "chunkwise/untyped.hpp"
#include "runtime/core/machine.hpp"
#include "runtime/core/owned_fd.hpp"
#include "runtime/explore/cells.hpp"
#include "runtime/explore/http_server.hpp"
#include "runtime/explore/query.hpp"
#include "runtime/explore/requests.hpp"
#include "runtime/explore/views.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::explorer {

namespace {

constexpr const char *json_type = "application/json", *binary_type = "application/octet-stream";
constexpr std::int64_t largest = std::numeric_limits<std::int64_t>::max();
constexpr std::size_t most_body = 4096;
constexpr int most_bins = 1000;
/// No script, style or connection but this server's own, no form but the one for the secret, in nobody's frame.
constexpr const char* policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' blob: data:; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

std::string random_token() {
  std::array<unsigned char, 16> bytes{};
  if (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size()))
    throw Error(ErrorCode::io, "the system gives no random bytes");
  std::string token;
  constexpr std::string_view digits = "0123456789abcdef";
  for (const unsigned char byte : bytes) {
    token += digits[byte >> 4U];
    token += digits[byte & 15U];
  }
  return token;
}

/// Returns true for equal texts, in a time that tells nothing of where they differ.
bool are_equal(const std::string& given, const std::string& expected) {
  unsigned difference = given.size() == expected.size() ? 0 : 1;
  for (std::size_t i = 0; i < given.size(); ++i)
    difference |= static_cast<unsigned char>(given[i]) ^
                  static_cast<unsigned char>(expected.empty() ? 0 : expected[i % expected.size()]);
  return difference == 0;
}

int status_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::not_found:
      return 404;
    case ErrorCode::cancelled:
      return 499;
    case ErrorCode::io:
    case ErrorCode::lost:
    case ErrorCode::corrupt:
      return 500;
    case ErrorCode::changed:
      return 409;
    case ErrorCode::memory_limit:
      return 413;
    case ErrorCode::denied:
      return 403;
    default:
      return 400;
  }
}

Json numbers_to_json(const std::vector<double>& values) {
  Json json = Json::array();
  for (const double value : values) json.push_back(std::isfinite(value) ? Json(value) : Json());
  return json;
}

std::string digits(double value) { return dump(number_to_json(value)); }

/// Returns the name of this machine.
std::string own_name() {
  std::array<char, 256> name{};
  ::gethostname(name.data(), name.size() - 1);
  return name.data();
}

std::uint64_t resident_bytes() {
  std::ifstream file("/proc/self/statm");
  std::uint64_t pages = 0, resident = 0;
  file >> pages >> resident;
  return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

template <class T>
std::string bytes_of(const std::vector<T>& values) {
  static_assert(std::endian::native == std::endian::little, "chunkwise: numbers travel in little-endian order");
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
}

Json to_json(const Explanation& plan) {
  Json stages = Json::array(), sources = Json::array();
  for (const StageExplanation& stage : plan.stages)
    stages.push_back({{"tasks", stage.tasks},
                      {"domain", stage.domain},
                      {"chunks", stage.chunks},
                      {"task_count", stage.task_count},
                      {"bytes_read", stage.bytes_read},
                      {"native", stage.native}});
  for (const SourceExplanation& source : plan.sources)
    sources.push_back({{"source", source.source}, {"bytes", source.bytes}});
  return {{"backend", plan.backend},
          {"stages", std::move(stages)},
          {"sources", std::move(sources)},
          {"bytes_read", plan.bytes_read},
          {"fused", plan.fused},
          {"not_fused", plan.not_fused},
          {"dot", plan.dot},
          {"memory_bound", plan.memory_bound}};
}

/// A folder of its own for one file, which goes with it.
class Folder {
 public:
  Folder() : path_((std::filesystem::temp_directory_path() / "chunkwise-XXXXXX").string()) {
    if (::mkdtemp(path_.data()) == nullptr)
      throw Error(ErrorCode::io, "cannot make a temporary folder, " + path_ + ": " + std::strerror(errno));
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  [[nodiscard]] std::string file() const { return path_ + "/field.nc"; }

 private:
  std::string path_;
};

/// The one page that is for a browser without the token: it asks for the secret.
constexpr const char* entrance =
    "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>chunkwise</title>"
    "<meta name=\"viewport\" content=\"width=device-width\">"
    "<p>This explorer asks for its secret.</p>"
    "<form method=\"post\" action=\"enter\"><label>Secret <input type=\"password\" name=\"secret\" autofocus></label> "
    "<button>Enter</button></form></html>";

}  // namespace

std::string percent_encoded(std::string_view text) {
  constexpr std::string_view plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-~(),*!";
  constexpr std::string_view hexadecimal = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    if (plain.find(c) != std::string_view::npos) {
      encoded += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    encoded += {'%', hexadecimal[byte >> 4U], hexadecimal[byte & 15U]};
  }
  return encoded;
}

bool is_loopback(const std::string& host) { return host == "localhost" || host == "::1" || host.starts_with("127."); }

struct Server::Running {
  BackendPtr backend;
  std::shared_ptr<Contents> contents;
  ServerOptions options;
  std::string token = random_token();
  int port = 0;
  // As many as there are threads to compute with, and a few that only read.
  Requests requests{usable_threads() + 4};
  std::mutex entering;  // one secret is tried at a time, and a wrong one takes a second
  HttpServer http;
  std::thread thread;

  using Request = httplib::Request;
  using Response = httplib::Response;

  [[nodiscard]] bool is_own_host(const std::string& host) const {
    const std::string with_port = ":" + std::to_string(port);
    if (!host.ends_with(with_port)) return false;
    std::string name = host.substr(0, host.size() - with_port.size());
    if (name.starts_with('[') && name.ends_with(']')) name = name.substr(1, name.size() - 2);
    // A name of a stranger's, which he lets mean this machine, is no name of ours.
    if (is_loopback(options.host)) return is_loopback(name);
    // On all addresses a number is one of them or is not reached; the secret keeps others out.
    const bool is_number = name.find_first_not_of("0123456789.:abcdefABCDEF") == std::string::npos;
    return name == options.host || is_number || is_loopback(name) || name == own_name();
  }

  static void refuse(Response& response, int status, const std::string& sentence) {
    response.status = status;
    response.set_content(dump(Json{{"error", sentence}}), json_type);
  }

  /// Returns true for a request that comes from the page, or from a person who typed the address.
  bool is_from_page(const Request& request, Response& response) const {
    const std::string host = request.get_header_value("Host");
    if (!is_own_host(host)) return refuse(response, 421, "this server has another name"), false;
    const std::string origin = request.get_header_value("Origin");
    if (!origin.empty() && origin != "http://" + host && origin != "null")
      return refuse(response, 403, "requests of other pages are not answered"), false;
    const std::string site = request.get_header_value("Sec-Fetch-Site");
    if (!site.empty() && site != "same-origin" && site != "none")
      // A link from elsewhere may lead to the entrance, and to nothing else.
      if (request.path != "/") return refuse(response, 403, "requests of other pages are not answered"), false;
    if (origin == "null" && request.method != "GET") return refuse(response, 403, "a form of nowhere"), false;
    if (request.has_header("Range")) return refuse(response, 400, "parts of answers are not served"), false;
    return true;
  }

  void route(const Request& request, Response& response) {
    const std::string inside = "/" + token + "/";
    if (!is_from_page(request, response)) return;
    if (request.method != "GET" && request.method != "HEAD") return refuse(response, 405, "only GET is served here");
    if (request.path == "/" && !options.secret.empty())
      return response.set_content(entrance, "text/html; charset=utf-8");
    if (request.path.size() < inside.size() || !are_equal(request.path.substr(0, inside.size()), inside))
      return refuse(response, 404, "the address lacks the token; open the one that chunkwise printed");
    const std::string rest = request.path.substr(inside.size());
    if (rest.starts_with("api/")) return answer(rest.substr(4), request, response);
    for (const PageFile& file : page_files())
      if (rest == file.name || (rest.empty() && file.name == "index.html")) {
        response.set_content(file.bytes.data(), file.bytes.size(), std::string(file.type));
        return;
      }
    refuse(response, 404, "there is no such file");
  }

  void answer(const std::string& what, const Request& request, Response& response) {
    const std::string formula = request.get_param_value("f");
    try {
      compute(what, Query(request.params), formula, response);
    } catch (const Error& error) {
      response.status = status_of(error.code());
      Json json{{"error", error.what()}, {"code", to_string(error.code())}};
      if (const auto place = place_of(error.what(), formula)) json["place"] = *place;
      // What is wrong with a formula that is being typed is no news.
      if (what != "check" && what != "array" && error.code() != ErrorCode::cancelled)
        requests.log(what + ": " + error.what());
      response.set_content(dump(json), json_type);
      if (error.code() == ErrorCode::changed) contents->forget();
    } catch (const std::bad_alloc&) {
      refuse(response, 413, "the system has no memory left for this");
    } catch (const std::exception& error) {
      refuse(response, 500, error.what());
    }
  }

  static void reply(Response& response, const Json& json) { response.set_content(dump(json), json_type); }

  void compute(const std::string& what, const Query& query, const std::string& formula, Response& response) {
    if (what == "contents") {
      Json json = contents->describe();
      json["command"] = options.command;
      json["files_words"] = options.files;
      json["backend"] = backend->uri();
      return reply(response, json);
    }
    if (what == "words") return reply(response, contents->words());
    if (what == "status") return stream_status(response);
    if (what == "status.json") return reply(response, status());
    if (what == "plan") return reply(response, plan(query.integer("request", 1, largest)));
    if (what == "log") {
      if (!options.worker_log) throw Error(ErrorCode::not_found, "there are no workers, and so no logs of theirs");
      return reply(response, Json{{"text", options.worker_log(query.text("worker"))}});
    }
    if (what == "check") {
      // What a formula has to find out first is found out when it is drawn.
      try {
        return reply(response, explorer::describe(contents->open(formula, nullptr)));
      } catch (const Error& error) {
        if (error.code() != ErrorCode::unsupported) throw;
        return reply(response, Json{{"later", true}});
      }
    }
    constexpr std::size_t shown = 200;
    Requests::Turn turn(requests, what + " of " + formula.substr(0, shown),
                        [this] { return http.stopping() || HttpServer::nobody_waits(); });
    const BackendPtr mine = within_turn(backend, turn);
    if (what == "array") return reply(response, explorer::describe(contents->open(query.text("f"), mine)));
    const auto array = [&] { return contents->open(query.text("f"), mine); };
    if (what == "slice") {
      const SliceRequest request = query.field();
      const bool is_short = query.integer("bits", 16, 32, 32) == 16;
      return send(std::make_shared<const Slice>(slice(*mine, array(), request, {})), is_short, response);
    }
    if (what == "cells") return send_cells(array(), response);
    if (what == "netcdf") return send_file(mine, field(array(), query.field()), response);
    if (what == "line")
      return reply(response,
                   Json{{"values",
                         numbers_to_json(line(*mine, array(), static_cast<int>(query.integer("along", 0, max_rank - 1)),
                                              query.indices("at"), {}))}});
    if (what == "box") {
      const BoxMeans means =
          box_means(*mine, array(), static_cast<int>(query.integer("along", 0, max_rank - 1)), query.field(), {});
      return reply(response, Json{{"values", numbers_to_json(means.values)}, {"weighted", means.weighted}});
    }
    if (what == "histogram")
      return reply(response,
                   Json{{"counts", histogram(*mine, array(), query.field(), query.number("low"), query.number("high"),
                                             static_cast<int>(query.integer("bins", 1, most_bins)), {})}});
    if (what == "element") return reply(response, Json{{"text", element(*mine, array(), query.indices("at"), {})}});
    refuse(response, 404, "there is no such request");
  }

  static void send(const std::shared_ptr<const Slice>& sent, bool is_short, Response& response) {
    const Slice& slice = *sent;
    const auto set = [&](const char* name, const std::string& value) { response.set_header(name, value); };
    const auto pair = [](auto a, auto b) { return std::to_string(a) + "," + std::to_string(b); };
    set("Chunkwise-Shape", pair(slice.rows, slice.columns));
    set("Chunkwise-Block", std::to_string(slice.block));
    set("Chunkwise-Rows", pair(slice.row_span.first, slice.row_span.last));
    set("Chunkwise-Columns", pair(slice.column_span.first, slice.column_span.last));
    set("Chunkwise-Low", digits(slice.low));
    set("Chunkwise-High", digits(slice.high));
    set("Chunkwise-Missing", pair(slice.missing, slice.infinite));
    const std::optional<Quantised> half = is_short ? quantised(slice) : std::nullopt;
    set("Chunkwise-Bits", half ? "16" : "32");
    set("Chunkwise-Offset", digits(half ? half->offset : slice.offset));
    set("Chunkwise-Scale", digits(half ? half->scale : slice.scale));
    if (half) return response.set_content(bytes_of(half->numbers), binary_type);
    // As they lie: a field has millions of bytes.
    const std::size_t bytes = slice.numbers.size() * sizeof(float);
    if (bytes == 0) return response.set_content("", binary_type);
    response.set_content_provider(
        bytes, binary_type, [sent](std::size_t offset, std::size_t length, httplib::DataSink& sink) {
          return sink.write(reinterpret_cast<const char*>(sent->numbers.data()) + offset, length);
        });
  }

  static void send_cells(const UntypedArray& array, Response& response) {
    const std::optional<CellPlaces> places = places_of_cells(array);
    if (!places) return refuse(response, 404, "the array has no curvilinear grid");
    response.set_header("Chunkwise-Axes", std::to_string(places->row_axis) + "," + std::to_string(places->column_axis));
    response.set_header("Chunkwise-Shape", std::to_string(places->rows) + "," + std::to_string(places->columns));
    response.set_content(bytes_of(places->latitudes) + bytes_of(places->longitudes), binary_type);
  }

  /// Sends a field as a NetCDF file, which stands in a temporary folder until it is open to be read.
  static void send_file([[maybe_unused]] const BackendPtr& backend, const UntypedArray& field,
                        [[maybe_unused]] Response& response) {
    if (field.shape.elements() > most_cells)
      throw Error(ErrorCode::invalid_argument, "a field of " + std::to_string(field.shape.elements()) +
                                                   " elements is more than a page saves, " +
                                                   std::to_string(most_cells) + "; chunkwise eval -o writes any");
#ifdef CHUNKWISE_HAS_NETCDF
    const Folder folder;
    const SinkPtr sink = netcdf_sink(folder.file());
    write(backend, std::span(&field, 1), std::span(&sink, 1));
    const auto file = std::make_shared<const OwnedFd>(::open(folder.file().c_str(), O_RDONLY | O_CLOEXEC));
    const off_t bytes = file->get() < 0 ? -1 : ::lseek(file->get(), 0, SEEK_END);
    if (bytes < 0) throw Error(ErrorCode::io, std::string("cannot read the file: ") + std::strerror(errno));
    response.set_content_provider(
        static_cast<std::size_t>(bytes), "application/x-netcdf",
        [file](std::size_t offset, std::size_t length, httplib::DataSink& sink_of_answer) {
          std::array<char, 65536> part{};
          const ssize_t count =
              ::pread(file->get(), part.data(), std::min(length, part.size()), static_cast<off_t>(offset));
          return count > 0 && sink_of_answer.write(part.data(), static_cast<std::size_t>(count));
        });
#else
    throw Error(ErrorCode::unsupported, "this chunkwise was built without NetCDF, which files are");
#endif
  }

  /// Returns the plan of what a request has run.
  [[nodiscard]] Json plan(std::int64_t number) const {
    const std::optional<Graph> graph = requests.graph(number);
    if (!graph)
      throw Error(ErrorCode::not_found, "request " + std::to_string(number) + " is forgotten, or has run nothing");
    const std::vector<OutputKind> kinds(graph->outputs.size());
    return to_json(backend->explain(*graph, kinds, {}));
  }

  [[nodiscard]] Json status() const {
    Json json{{"backend", backend->uri()},
              {"threads", options.threads},
              {"memory_limit", options.memory_limit},
              {"resident", resident_bytes()},
              {"requests", requests.describe()}};
    if (options.cluster) {
      try {
        json["cluster"] = options.cluster();
      } catch (const Error& error) {
        json["cluster"] = {{"error", error.what()}};
      }
    }
    return json;
  }

  void stream_status(Response& response) {
    response.set_chunked_content_provider(
        "text/event-stream", [this, first = true](std::size_t /*offset*/, httplib::DataSink& sink) mutable {
          constexpr int times = 10;
          for (int i = 0; !first && i < times; ++i) {
            std::this_thread::sleep_for(std::chrono::milliseconds(50));
            if (http.stopping() || HttpServer::nobody_waits()) return false;
          }
          first = false;
          const std::string event = "data: " + dump(status()) + "\n\n";
          return sink.write(event.data(), event.size());
        });
  }

  void enter(const Request& request, Response& response) {
    if (!is_from_page(request, response)) return;
    if (options.secret.empty()) return refuse(response, 404, "there is no secret to enter");
    httplib::Params form;
    httplib::detail::parse_query_text(request.body, form);
    const auto given = form.find("secret");
    const std::scoped_lock lock(entering);
    if (given == form.end() || !are_equal(given->second, options.secret)) {
      std::this_thread::sleep_for(std::chrono::seconds(1));
      return refuse(response, 403, "that is not the secret");
    }
    response.set_redirect("/" + token + "/", 303);
  }
};

Server::Server(BackendPtr backend, std::shared_ptr<Contents> contents, ServerOptions options)
    : running_(std::make_unique<Running>()) {
  Running& r = *running_;
  r.backend = std::move(backend);
  r.contents = std::move(contents);
  r.options = std::move(options);
  r.http.set_payload_max_length(most_body);
  r.http.set_default_headers({{"Content-Security-Policy", policy},
                              {"X-Content-Type-Options", "nosniff"},
                              {"Referrer-Policy", "no-referrer"},
                              {"Cross-Origin-Resource-Policy", "same-origin"},
                              {"Cross-Origin-Opener-Policy", "same-origin"},
                              {"Cache-Control", "no-store"}});
  r.http.Post("/enter", [&r](const auto& request, auto& response) { r.enter(request, response); });
  r.http.set_pre_routing_handler([&r](const auto& request, auto& response) {
    if (request.method == "POST" && request.path == "/enter") return httplib::Server::HandlerResponse::Unhandled;
    r.route(request, response);
    return httplib::Server::HandlerResponse::Handled;
  });
  if (r.options.port == 0) {
    r.port = r.http.bind_to_any_port(r.options.host);
  } else if (r.http.bind_to_port(r.options.host, r.options.port)) {
    r.port = r.options.port;
  }
  if (r.port <= 0)
    throw Error(ErrorCode::io, "cannot listen on " + r.options.host + ":" + std::to_string(r.options.port) + ": " +
                                   std::strerror(errno) + "; choose another address with --listen");
  r.thread = std::thread([&r] { r.http.listen_after_bind(); });
  // stop() of a server that has not begun to listen is without effect.
  while (!r.http.is_running()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

Server::~Server() {
  running_->http.stop_all();
  running_->thread.join();
}

int Server::port() const { return running_->port; }

const std::string& Server::token() const { return running_->token; }

std::string Server::address() const {
  std::string host = running_->options.host;
  if (host == "0.0.0.0" || host == "::") host = own_name();
  const bool is_v6 = host.find(':') != std::string::npos;
  return "http://" + (is_v6 ? "[" + host + "]" : host) + ":" + std::to_string(running_->port) + "/" +
         (running_->options.secret.empty() ? running_->token + "/" : "");
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::explorer
