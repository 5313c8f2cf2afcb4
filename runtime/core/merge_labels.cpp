/// Labels of results that several arrays take part in: the names, coordinates and companions that these share.
#include <algorithm>
#include <map>

#include "chunkwise/core/error.hpp"
#include "chunkwise/io/cf_time.hpp"
#include "runtime/core/agreement.hpp"
#include "runtime/core/attribute_table.hpp"
#include "runtime/core/labels_data.hpp"
#include "runtime/core/since.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

namespace {

constexpr const char* in_formulas = ", in formulas rename(x, old=\"new\")";

/// Returns a text such as "(time, ?, longitude)".
std::string dimension_list(const Labels& labels, int rank) {
  std::string text = "(";
  for (int axis = 0; axis < rank; ++axis) {
    const std::string& name = labels.dimension(axis);
    text += (axis ? ", " : "") + (name.empty() ? std::string("?") : name);
  }
  return text + ")";
}

[[noreturn]] void refuse(const Coordinate& a, const Coordinate& b, const std::string& dimension, int axis) {
  const std::string along = dimension.empty() ? "axis " + std::to_string(axis) : quoted(dimension);
  const std::string named = dimension.empty() ? std::to_string(axis) : "\"" + dimension + "\"";
  std::string why_not;
  const bool can_align = !a.is_mixed() && !b.is_mixed() && comparable(a, b, why_not);
  throw Error(ErrorCode::name_mismatch,
              "coordinates along " + along + " do not agree: " + difference(a, b) + "; " +
                  (can_align ? "align(x, y) takes the elements of x at the coordinates of y, and " : "") +
                  "x.without_coordinate(" + named + ") is x without them, for which positions count");
}

/// Returns true for one value that was cut from a longer coordinate.
bool is_cut_to_one(const Coordinate& coordinate) {
  return coordinate && coordinate.size() == 1 &&
         std::ranges::any_of(coordinate.origins(), [](const Coordinate::Origin& origin) {
           return origin->bytes.size() > size_of(origin->dtype);
         });
}

/// Throws if one value of a coordinate would stretch over another that it was not cut from: one value left of several,
/// as after align, means that value.
void require_stretch(const Coordinate& one, const Coordinate& over, const std::string& dimension, int axis) {
  if (!is_cut_to_one(one) || !over || share_origin(one, over)) return;
  const std::string along = dimension.empty() ? "axis " + std::to_string(axis) : quoted(dimension);
  throw Error(ErrorCode::name_mismatch,
              "coordinates along " + along +
                  " do not agree: one operand has one value, cut from a longer coordinate, "
                  "and it would stand for each of the " +
                  std::to_string(over.size()) +
                  " of the other; cut the other to the same place, or take the element without its axis, as in x[0]");
}

/// Returns the coordinate of an axis that two operands share. An axis of one index stretches over the other's, so a
/// coordinate of size 1 says nothing about the result unless the other agrees; an operand without the axis has no say.
///
/// The rule is associative. Of longer ones: none gives way to values, values of one origin that differ give a mixed
/// one, and that gives way to nothing. Of one value: values give way to mixed, and both to none.
Coordinate merge(const Coordinate& a, bool a_has_axis, const Coordinate& b, bool b_has_axis,
                 const std::string& dimension, int axis) {
  if (!a_has_axis) return b;
  if (!b_has_axis) return a;
  const bool some_in_a = a || a.is_mixed();
  const bool some_in_b = b || b.is_mixed();
  if (some_in_a && some_in_b) {
    // If sizes differ and none is 1, the shapes do not broadcast, which is reported elsewhere.
    if (a.size() != b.size()) {
      require_stretch(a, b, dimension, axis);
      require_stretch(b, a, dimension, axis);
      return a.size() == 1 ? b : b.size() == 1 ? a : Coordinate();
    }
    if (agree(a, b)) return a.with_origins(all_origins(a, b));
    if (!share_origin(a, b)) refuse(a, b, dimension, axis);
    return Coordinate::mixed(a.size(), all_origins(a, b));
  }
  const Coordinate& only = some_in_a ? a : b;
  return some_in_a != some_in_b && only.size() != 1 ? only : Coordinate();
}

/// Throws if a name stands twice; `before` begins the message.
void require_different(const std::vector<std::string>& dimensions,
                       const std::function<std::string(std::size_t, std::size_t)>& message) {
  for (std::size_t i = 0; i < dimensions.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      if (!dimensions[i].empty() && dimensions[i] == dimensions[j])
        throw Error(ErrorCode::name_mismatch, message(i, j));
}

/// Returns the companions of both; two of one name that differ become a disputed one.
std::vector<Companion> merge(const std::vector<Companion>& a, const std::vector<Companion>& b) {
  std::vector<Companion> all = a;
  for (const Companion& companion : b) {
    const auto known =
        std::find_if(all.begin(), all.end(), [&](const Companion& other) { return other.name() == companion.name(); });
    if (known == all.end()) {
      all.push_back(companion);
    } else if (!known->equals(companion)) {
      // Text along a dimension of its own name is its coordinate: elements of different names would meet.
      const bool is_coordinate = *known && companion && known->has(companion.name()) && companion.has(companion.name());
      if (is_coordinate)
        throw Error(ErrorCode::name_mismatch, "coordinates along '" + companion.name() +
                                                  "' do not agree: their texts differ; bring one into the order of the "
                                                  "other, or drop its coordinate");
      *known = known->disputed();
    }
  }
  return all;
}

/// Returns the attributes that say where elements lie, with the names that either operand has.
Attributes merge(const Attributes& a, const Attributes& b) {
  Attributes all = attributes_after(a, Meaning::elementwise);
  for (const Attribute& attribute : attributes_after(b, Meaning::elementwise)) {
    const auto known =
        std::find_if(all.begin(), all.end(), [&](const Attribute& other) { return other.name == attribute.name; });
    if (known == all.end()) {
      all.push_back(attribute);
    } else if (*known != attribute && attribute.name == "coordinates") {
      std::string text = text_attribute(all, "coordinates");
      const std::vector<std::string> there = references_of({*known});
      for (const std::string& name : references_of({attribute}))
        if (std::find(there.begin(), there.end(), name) == there.end()) text += (text.empty() ? "" : " ") + name;
      known->value = std::move(text);
    } else if (*known != attribute) {
      all.erase(known);
    }
  }
  return all;
}

/// Throws if elements of both are times, and count from different moments, in different steps or calendars: equal
/// numbers would be different times.
void require_one_clock(const Attributes& a, const Attributes& b) {
  const std::string units_a = text_attribute(a, "units");
  const std::string units_b = text_attribute(b, "units");
  if (!are_time_units(units_a) || !are_time_units(units_b)) return;
  const std::string calendar_a = text_attribute(a, "calendar");
  const std::string calendar_b = text_attribute(b, "calendar");
  if (units_a == units_b && calendar_a == calendar_b) return;
  const auto time_a = parse_time_units(units_a, calendar_a);
  const auto time_b = parse_time_units(units_b, calendar_b);
  if (time_a && time_b && time_a->origin == time_b->origin && time_a->calendar == time_b->calendar &&
      time_a->seconds_per_unit == time_b->seconds_per_unit)
    return;
  const auto told = [](const std::string& units, const std::string& calendar) {
    return quoted(units) + (calendar.empty() ? "" : " of the calendar " + quoted(calendar));
  };
  throw Error(ErrorCode::name_mismatch, "times in " + told(units_a, calendar_a) + " and in " +
                                            told(units_b, calendar_b) +
                                            " do not meet by their numbers; take the times of one array for both, or "
                                            "bring the files to the same units");
}

/// Returns labels that say where elements lie, without the elements' names and units.
Labels merge_places(const Labels& a, int rank_a, const Labels& b, int rank_b) {
  if (rank_a == rank_b && LabelsAccess::are_same(a, b)) return map_labels(a);
  if (rank_a >= rank_b && b.empty()) {
    // A coordinate of one index may be stretched by the other operand, so only larger ones are sure to stay.
    bool sure = true;
    for (int axis = rank_a - rank_b; axis < rank_a; ++axis) {
      const Coordinate& coordinate = a.coordinate(axis);
      sure = sure && !((coordinate || coordinate.is_mixed()) && coordinate.size() == 1);
    }
    if (sure) return map_labels(a);
  }
  require_one_clock(a.attributes(), b.attributes());
  const int rank = std::max(rank_a, rank_b);
  Labels::Data data;
  for (int axis = 0; axis < rank; ++axis) {
    const int in_a = axis - (rank - rank_a);
    const int in_b = axis - (rank - rank_b);
    const std::string& name_a = a.dimension(in_a);
    const std::string& name_b = b.dimension(in_b);
    if (!name_a.empty() && !name_b.empty() && name_a != name_b)
      throw Error(ErrorCode::name_mismatch,
                  "dimensions " + dimension_list(a, rank_a) + " and " + dimension_list(b, rank_b) +
                      " do not fit together: aligned at the last axis, " + quoted(name_a) + " meets " + quoted(name_b) +
                      " at axis " + std::to_string(axis) +
                      " of the result; keep a reduced axis with keepdims, put axes into place with newaxis, or rename "
                      "them with with_labels" +
                      in_formulas);
    data.dimensions.push_back(name_a.empty() ? name_b : name_a);
    if ((in_a >= 0 && a.is_record(in_a)) || (in_b >= 0 && b.is_record(in_b))) data.record |= 1U << axis;
  }
  require_different(data.dimensions, [&](std::size_t i, std::size_t j) {
    return "dimensions " + dimension_list(a, rank_a) + " and " + dimension_list(b, rank_b) +
           " do not fit together: aligned at the last axis, " + quoted(data.dimensions[i]) + " stands at axis " +
           std::to_string(j) + " and at axis " + std::to_string(i) +
           " of the result; keep a reduced axis with keepdims, put axes into place with newaxis, or rename them with "
           "with_labels" +
           in_formulas;
  });
  for (int axis = 0; axis < rank; ++axis) {
    const int in_a = axis - (rank - rank_a);
    const int in_b = axis - (rank - rank_b);
    data.coordinates.push_back(merge(a.coordinate(in_a), in_a >= 0, b.coordinate(in_b), in_b >= 0,
                                     data.dimensions[static_cast<std::size_t>(axis)], axis));
  }
  data.attributes = merge(a.attributes(), b.attributes());
  data.companions = merge(a.companions(), b.companions());
  if (!a.file_attributes().empty() || !b.file_attributes().empty())
    data.file_attributes = LabelsAccess::data(a.file_attributes().empty() ? b : a).file_attributes;
  return LabelsAccess::make(std::move(data));
}

}  // namespace

Labels broadcast_labels(const Labels& a, int rank_a, const Labels& b, int rank_b, Meaning meaning) {
  const Labels places = merge_places(a, rank_a, b, rank_b);
  std::string name = b.empty() || a.name() == b.name() ? a.name() : a.empty() ? b.name() : std::string();
  Attributes attributes = places.attributes();
  if (meaning != Meaning::elementwise)
    // Numbers that were packed and no longer are have no units.
    if (const Attribute* units = find_attribute(a.attributes(), "units");
        units != nullptr && !changes_numbers(a.attributes()) && !changes_numbers(b.attributes())) {
      const Attribute* others = find_attribute(b.attributes(), "units");
      if (others != nullptr && *others == *units)
        for (Attribute& renewed : attributes_after({*units}, meaning))
          if (renewed.name == "units") attributes.push_back(std::move(renewed));
    }
  return places.renamed(std::move(name), std::move(attributes));
}

namespace {

/// Collects the labels that are true of each of the arrays that are joined.
class Joiner {
 public:
  Joiner(std::span<const Labels> parts, int rank, int axis)
      : parts_(parts), axis_(static_cast<std::size_t>(axis)), named_by_(static_cast<std::size_t>(rank)) {
    data_ = LabelsAccess::data(parts[0]);
    data_.dimensions.assign(static_cast<std::size_t>(rank), {});
    data_.coordinates.assign(static_cast<std::size_t>(rank), {});
    data_.attributes = attributes_after(data_.attributes, Meaning::joined);
  }

  Labels run() {
    for (std::size_t part = 0; part < parts_.size(); ++part) {
      along_.push_back(parts_[part].coordinate(static_cast<int>(axis_)));
      if (part > 0 && LabelsAccess::are_same(parts_[part], parts_[part - 1])) continue;
      for (std::size_t i = 0; i < named_by_.size(); ++i) take_name(part, i);
      if (part == 0) continue;
      for (std::size_t i = 0; i < named_by_.size(); ++i)
        if (parts_[part].is_record(static_cast<int>(i))) data_.record |= 1U << i;
      take_attributes(parts_[part]);
    }
    require_different(data_.dimensions, [&](std::size_t i, std::size_t j) {
      return "arrays to join disagree on which axis is " + quoted(data_.dimensions[i]) + ": axis " + std::to_string(j) +
             " in part " + std::to_string(named_by_[j]) + ", axis " + std::to_string(i) + " in part " +
             std::to_string(named_by_[i]) + "; rename the axes with with_labels" + in_formulas;
    });
    for (std::size_t part = 0; part < parts_.size(); ++part)
      if (part == 0 || !LabelsAccess::are_same(parts_[part], parts_[part - 1]))
        for (std::size_t i = 0; i < named_by_.size(); ++i)
          if (i != axis_) take_coordinate(part, i);
    data_.coordinates[axis_] = along();
    join_packing();
    join_companions();
    return LabelsAccess::make(std::move(data_));
  }

 private:
  void take_name(std::size_t part, std::size_t i) {
    const std::string& dimension = parts_[part].dimension(static_cast<int>(i));
    if (dimension.empty() || dimension == data_.dimensions[i]) return;
    if (!data_.dimensions[i].empty())
      throw Error(ErrorCode::name_mismatch,
                  "arrays to join name axis " + std::to_string(i) + " differently: " + quoted(data_.dimensions[i]) +
                      " in part " + std::to_string(named_by_[i]) + ", " + quoted(dimension) + " in part " +
                      std::to_string(part) + "; rename the axes with with_labels" + in_formulas);
    data_.dimensions[i] = dimension;
    named_by_[i] = part;
  }

  /// Keeps only attributes that are true of each part.
  void take_attributes(const Labels& labels) {
    if (labels.name() != data_.name) data_.name.clear();
    std::erase_if(data_.attributes, [&](const Attribute& attribute) {
      const Attribute* same = find_attribute(labels.attributes(), attribute.name);
      return same == nullptr || !are_same(*same, attribute);
    });
  }

  /// Numbers that are packed in different ways have no packing once they are joined.
  void join_packing() {
    bool all_alike = true;
    for (std::size_t part = 1; all_alike && part < parts_.size(); ++part)
      all_alike = LabelsAccess::are_same(parts_[part], parts_[part - 1]) ||
                  (parts_[part].holds_stored_values() == data_.stored &&
                   have_same_packing(parts_[part].attributes(), parts_[0].attributes()));
    if (all_alike) return;
    data_.stored = false;
    const bool had_other_units = std::ranges::any_of(
        parts_, [](const Labels& part) { return part.holds_stored_values() && changes_numbers(part.attributes()); });
    std::erase_if(data_.attributes, [&](const Attribute& attribute) {
      return is_packing(attribute.name) || (had_other_units && attribute.name == "units");
    });
  }

  void take_coordinate(std::size_t part, std::size_t i) {
    const Coordinate& coordinate = parts_[part].coordinate(static_cast<int>(i));
    Coordinate& known = data_.coordinates[i];
    if (!coordinate && !coordinate.is_mixed()) return;
    // Axes that are not joined have one extent in all parts, or the arrays do not fit, which is reported elsewhere.
    if ((known || known.is_mixed()) && known.size() != coordinate.size()) return;
    if (!known && !known.is_mixed()) {
      known = coordinate;
    } else if (agree(known, coordinate)) {
      known = known.with_origins(all_origins(known, coordinate));
    } else if (share_origin(known, coordinate)) {
      known = Coordinate::mixed(known.size(), all_origins(known, coordinate));
    } else {
      refuse(known, coordinate, data_.dimensions[i], static_cast<int>(i));
    }
  }

  /// Returns the joined coordinate. Times of other origins are recounted; other calendars or units are refused.
  [[nodiscard]] Coordinate along() const {
    for (const Coordinate& part : along_) {
      std::string why_not;
      if (!part || !along_.front() || comparable(along_.front().slice({0, 1, 0}), part.slice({0, 1, 0}), why_not))
        continue;
      throw Error(ErrorCode::name_mismatch, "coordinates to join along " + quoted(data_.dimensions[axis_]) + ": " +
                                                why_not +
                                                "; convert them, or join arrays without_coordinate(...) of that axis");
    }
    require_joinable();
    return Coordinate::join(along_);
  }

  /// Throws unsupported for a coordinate of more values than may be listed: a line that joins an array with itself
  /// doubles them, and the next line again.
  void require_joinable() const {
    constexpr std::int64_t most_joined = std::int64_t{1} << 24;
    std::int64_t values = 0;
    for (const Coordinate& part : along_) values += std::min(part.size(), most_joined);
    if (values > most_joined)
      throw Error(
          ErrorCode::unsupported,
          "the arrays to join have a coordinate along " + quoted(data_.dimensions[axis_]) +
              ", which would have more than " + std::to_string(most_joined) +
              " values; join files by opening them together, or join arrays without_coordinate(...) of that axis");
  }

  void join_companions() {
    const std::string& dimension = data_.dimensions[axis_];
    std::vector<Companion> all;
    for (const Companion& companion : data_.companions) {
      std::vector<Companion> each;
      for (const Labels& part : parts_)
        for (const Companion& other : part.companions())
          if (other.name() == companion.name()) each.push_back(other);
      if (each.size() != parts_.size()) continue;
      if (!dimension.empty() && companion.has(dimension)) {
        const bool all_have =
            std::all_of(each.begin(), each.end(), [&](const Companion& c) { return c.has(dimension); });
        all.push_back(all_have ? Companion::join(each, dimension) : companion.disputed());
      } else {
        const bool one = std::all_of(each.begin(), each.end(), [&](const Companion& c) { return c.equals(companion); });
        all.push_back(one ? companion : companion.disputed());
      }
    }
    data_.companions = std::move(all);
  }

  std::span<const Labels> parts_;
  std::size_t axis_;
  std::vector<std::size_t> named_by_;
  std::vector<Coordinate> along_;
  Labels::Data data_;
};

}  // namespace

Labels concatenate_labels(std::span<const Labels> parts, int rank, int axis) {
  if (rank < 0 || rank > max_rank || axis < 0 || axis >= rank)
    throw Error(ErrorCode::out_of_range,
                "arrays of " + std::to_string(rank) + " axes cannot be joined along axis " + std::to_string(axis));
  return parts.empty() ? Labels() : Joiner(parts, rank, axis).run();
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
