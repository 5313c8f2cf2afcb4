#pragma once
/// A text that a caller gives: a name, a path, a URI. A function with such a parameter takes std::string,
/// std::string_view and C strings alike, and refuses a null pointer, which the standard's own types read from or refuse
/// with an error of their own.
#include <concepts>
#include <string>
#include <string_view>
#include <utility>

#include "chunkwise/core/error.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

/// A std::string that is made of any text. Parameters of public functions have this type; no other code needs it.
/// `connect("local:2")`, `connect(std::string(uri))`
class TextArgument : public std::string {
 public:
  TextArgument() = default;
  /// Throws invalid_argument for a null pointer.
  TextArgument(const char* text) : std::string(there(text)) {}  // NOLINT: implicit on purpose
  /// Takes a string.
  TextArgument(std::string text) : std::string(std::move(text)) {}  // NOLINT
  /// Copies the text of a view.
  TextArgument(std::string_view text) : std::string(text) {}  // NOLINT
  /// Takes any type that becomes a std::string by itself, such as a std::filesystem::path.
  template <class T>
  requires(std::convertible_to<const T&, std::string> && !std::convertible_to<const T&, const char*> &&
           !std::derived_from<T, std::string>) TextArgument(const T& text)
      : TextArgument(static_cast<std::string>(text)) {}  // NOLINT

 private:
  static const char* there(const char* text) {
    if (text != nullptr) return text;
    throw Error(ErrorCode::invalid_argument, "a text is a null pointer; give one that points to characters");
  }
};

}  // namespace chunkwise::inline CHUNKWISE_ABI
