#include "runtime/dataset/format/variable.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace dataset {

void refuse_type(const std::string& called, const std::string& where) {
  throw Error(ErrorCode::unsupported, where + " holds " + called + "; arrays are made of numbers");
}

void require_rank(std::size_t rank, const std::string& where) {
  if (rank > static_cast<std::size_t>(max_rank))
    throw Error(ErrorCode::unsupported, where + " has " + std::to_string(rank) + " axes; an array can have at most " +
                                            std::to_string(max_rank));
}

void refuse_overflow(const Shape& shape, const std::string& where) {
  try {
    static_cast<void>(count_elements(shape));
  } catch (const Error&) {
    throw Error(ErrorCode::corrupt, where + " claims the shape " + to_string(shape) + ", which no file can hold");
  }
}

Error no_variable(const std::string& shown, const std::string& variable, const std::vector<std::string>& existing) {
  constexpr std::size_t most = 40;
  std::string text =
      shown + ": no variable '" + variable + "'; the file has" + (existing.empty() ? " no variables" : ": ");
  for (std::size_t i = 0; i < existing.size() && i < most; ++i) text += (i ? ", " : "") + existing[i];
  if (existing.size() > most) text += " and " + std::to_string(existing.size() - most) + " more";
  return {ErrorCode::not_found, text};
}

}  // namespace dataset
}  // namespace chunkwise::inline CHUNKWISE_ABI
