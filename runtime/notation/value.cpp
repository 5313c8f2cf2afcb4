#include "runtime/notation/value.hpp"

#include <limits>

#include "runtime/notation/place.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::notation {

std::string describe(const Value& value) {
  struct {
    std::string operator()(LeftOut) const { return "nothing"; }
    std::string operator()(NoValue) const { return "None"; }
    std::string operator()(Ellipses) const { return "'...'"; }
    std::string operator()(Word w) const { return "the text '" + std::string(w.text) + "'"; }
    std::string operator()(ElementType t) const { return "the element type " + std::string(name_of(t.dtype)); }
    std::string operator()(const Number& n) const { return "the number " + to_string(n); }
    std::string operator()(const Term& t) const {
      return "an array of " + std::string(name_of(t.dtype)) + " of shape " + chunkwise::to_string(t.shape);
    }
    std::string operator()(const Tuple& t) const { return t.is_list ? "a list" : "a tuple"; }
    std::string operator()(const Slice&) const { return "a slice"; }
    std::string operator()(const Grouped&) const { return "an array in groups, of which only reductions can be made"; }
    std::string operator()(const Times&) const { return "times, of which parts such as .month are arrays"; }
    std::string operator()(const Windows&) const { return "windows of an array, of which only reductions can be made"; }
    std::string operator()(const Weighted&) const {
      return "an array with weights, which has mean, sum, std, var and quantile";
    }
  } visitor;
  return std::visit(visitor, value.data);
}

Term take_array(Value&& value, const std::string& who) {
  if (Term* term = std::get_if<Term>(&value.data)) return std::move(*term);
  throw Mistake{ErrorCode::type_mismatch, who + " needs an array, and this is " + describe(value), value.offset};
}

Operand take_operand(Value&& value, const std::string& who) {
  if (const Number* number = value.as<Number>()) return *number;
  if (Term* term = std::get_if<Term>(&value.data)) return std::move(*term);
  throw Mistake{ErrorCode::type_mismatch, who + " needs an array or a number, and this is " + describe(value),
                value.offset};
}

std::int64_t take_int(const Value& value, const std::string& what) {
  if (const Number* number = value.as<Number>()) {
    if (const auto* small = std::get_if<std::int64_t>(number)) return *small;
    if (std::holds_alternative<std::uint64_t>(*number)) return std::numeric_limits<std::int64_t>::max();
  }
  throw Mistake{ErrorCode::type_mismatch, what + " is an int, and this is " + describe(value), value.offset};
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::notation
