#pragma once
/// The arguments of a call: those by position, and options by name.
#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/notation/functions.hpp"
#include "runtime/notation/place.hpp"
#include "runtime/notation/value.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::notation {

/// The arguments of a call, sorted: those by position, and a place for each option.
class Arguments {
 public:
  Arguments(const Function& function, std::size_t offset, std::vector<Value> values)
      : function_(function), offset_(offset) {
    const std::vector<std::string> keywords = keywords_of(function);
    for (Value& value : values) {
      if (value.keyword.empty()) {
        if (!named_.empty())
          throw Mistake{ErrorCode::invalid_argument, "an argument by position follows one by name", value.offset};
        by_position_.push_back(std::move(value));
        continue;
      }
      const std::string keyword(value.keyword);
      if (std::ranges::find(keywords, keyword) == keywords.end())
        throw Mistake{ErrorCode::invalid_argument,
                      quoted(function.name) + " has no argument " + quoted(keyword) + did_you_mean(keyword, keywords) +
                          " (" + signature_of(function) + ")",
                      value.keyword_offset};
      if (find(keyword))
        throw Mistake{ErrorCode::invalid_argument, quoted(keyword) + " is given twice", value.keyword_offset};
      named_.push_back(std::move(value));
    }
  }

  /// Throws unless there are at least so many arguments by position, and at most so many.
  void expect(std::size_t least, std::size_t most) const {
    const std::size_t count = by_position_.size();
    if (count >= least && count <= most) return;
    const std::size_t wanted = count < least ? least : most;
    throw Mistake{ErrorCode::invalid_argument,
                  quoted(function_.name) + " takes " +
                      (least == most   ? ""
                       : count < least ? "at least "
                                       : "at most ") +
                      std::to_string(wanted) + (wanted == 1 ? " argument" : " arguments") +
                      (least == most ? "" : " by position") + ", and here are " + std::to_string(count) + ": " +
                      signature_of(function_),
                  count > most ? by_position_[most].offset : offset_};
  }

  [[nodiscard]] std::vector<Value>& by_position() { return by_position_; }

  /// Returns an option that may also stand at a position; null if it is not given.
  [[nodiscard]] const Value* option(std::string_view keyword, std::size_t position) const {
    const Value* named = find(keyword);
    if (position >= by_position_.size()) return named;
    if (named) throw Mistake{ErrorCode::invalid_argument, quoted(keyword) + " is given twice", named->keyword_offset};
    return &by_position_[position];
  }
  [[nodiscard]] const Value* find(std::string_view keyword) const {
    for (const Value& value : named_)
      if (value.keyword == keyword) return &value;
    return nullptr;
  }

 private:
  const Function& function_;
  std::size_t offset_;
  std::vector<Value> by_position_;
  std::vector<Value> named_;
};

/// Returns whether an argument is True or 1; false if it is not given.
[[nodiscard]] bool truth(const Value* value, const std::string& what);

/// Returns the result of a function of Kind::composed.
[[nodiscard]] Term composed_call(const Function& function, std::size_t offset, Arguments arguments);

}  // namespace chunkwise::inline CHUNKWISE_ABI::notation
