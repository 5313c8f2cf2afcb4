#pragma once
/// Arrays of a program in a browser, live: `explore(backend, z)` serves a page that shows z, and any formula over it,
/// as `chunkwise explore` shows files (docs/explorer.md). Nothing is computed before somebody looks at it, and then
/// only the part that is looked at. Needs the library chunkwise::explore.
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "chunkwise/backend.hpp"
#include "chunkwise/core/untyped_array.hpp"
#include "chunkwise/lower.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

/// An array and the name that formulas of the page know it by.
struct NamedArray {
  std::string name;
  UntypedArray array;
};

/// Returns an expression under a name. `named("z", (x - mean(x, 0)) / stddev(x, 0))`
template <Expression E>
[[nodiscard]] NamedArray named(TextArgument name, const E& expression) {
  return {std::move(name), {lower(expression), expression.shape(), expression.labels()}};
}

/// The options of a page.
struct ExploreOptions {
  std::string host = "127.0.0.1";  ///< address of this machine to listen on
  int port = 0;                    ///< 0: the system chooses one
  /// The secret that a browser is asked for before it is let in, of 8 to 1024 bytes. Needed for a host other than
  /// loopback. Empty: nothing; the page's address has a token of 128 random bits, and lets everybody in who knows it.
  std::string secret;
  bool opens_browser = true;  ///< start the browser of the desktop, if there is one
};

/// A page that is served, by threads of its own, as long as this object lives. Movable.
class Explorer {
 public:
  /// Throws as explore() does.
  Explorer(BackendPtr backend, std::vector<NamedArray> arrays, const ExploreOptions& options);
  ~Explorer();
  /// Takes over the page; the other object serves nothing then.
  Explorer(Explorer&&) noexcept;
  Explorer& operator=(Explorer&&) noexcept;
  /// Returns the address for a browser: "http://127.0.0.1:43127/4f1c.../".
  [[nodiscard]] std::string address() const;
  /// Returns once stop() was called; if nobody does, the program serves until it is ended.
  void wait() const;
  /// Has wait() return. May be called from any thread and from a signal handler.
  void stop() const noexcept;

 private:
  struct Running;
  std::unique_ptr<Running> running_;
};

/// Returns a page with an expression of any rank and size, which is served as long as the object lives, under the name
/// that the expression's labels have, else "array". The numbers that a browser asks for are runs of the backend,
/// bounded as its runs are; an array of persist() is read where it is kept. Throws invalid_argument for a null backend,
/// denied for a host beyond loopback without a secret, io if it cannot listen.
///
///   const auto page = cw::explore(backend, z);
///   std::cout << page.address() << std::endl;
///   page.wait();
template <Expression E>
[[nodiscard]] Explorer explore(const BackendPtr& backend, const E& expression, const ExploreOptions& options = {}) {
  const std::string& name = expression.labels().name();
  std::vector<NamedArray> arrays;
  arrays.push_back(named(name.empty() ? "array" : name, expression));
  return Explorer(backend, std::move(arrays), options);
}

/// Returns a page with several arrays, so that formulas compare them. Throws as above, and invalid_argument if there is
/// no array, or if two have one name or one has none.
///
///   const auto page = cw::explore(backend, {cw::named("t2m", x), cw::named("z", z)});
[[nodiscard]] inline Explorer explore(const BackendPtr& backend, std::vector<NamedArray> arrays,
                                      const ExploreOptions& options = {}) {
  return Explorer(backend, std::move(arrays), options);
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
