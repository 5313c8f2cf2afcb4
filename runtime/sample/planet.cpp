#include "chunkwise/sample/planet.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <string_view>

#include "chunkwise/core/error.hpp"
#include "runtime/sample/parallel.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace sample {
namespace {

// ---------------------------------------------------------------------------------------------------- mathematics

/// Returns the sine of a fraction of a turn, sin(2 pi x), within 1e-9. The standard library's last bit differs between
/// CPUs.
double sin_turn(double x) {
  x -= std::floor(x + 0.5);  // -0.5 to 0.5
  if (x > 0.25) x = 0.5 - x;
  if (x < -0.25) x = -0.5 - x;
  const double y = x * 6.283185307179586;
  const double s = y * y;
  return y * (1 + s * (-1.0 / 6 +
                       s * (1.0 / 120 +
                            s * (-1.0 / 5040 + s * (1.0 / 362880 + s * (-1.0 / 39916800 + s * (1.0 / 6227020800)))))));
}

double cos_turn(double x) { return sin_turn(x + 0.25); }

/// Returns 0 below `low`, 1 above `high`, and a smooth rise between.
double smooth_step(double low, double high, double x) {
  const double t = std::clamp((x - low) / (high - low), 0.0, 1.0);
  return t * t * (3 - 2 * t);
}

/// Scrambles 32 bits (the finaliser of MurmurHash3, by Austin Appleby, in the public domain).
constexpr std::uint32_t scramble(std::uint32_t h) {
  h ^= h >> 16;
  h *= 0x85ebca6bU;
  h ^= h >> 13;
  h *= 0xc2b2ae35U;
  h ^= h >> 16;
  return h;
}

struct Point {
  double x, y, z;
};

/// Returns gradient noise in space after Ken Perlin (2002), about -1 to 1. Noise on a sphere taken from space has no
/// seam along a meridian and no knot at a pole.
double noise(Point p, std::uint32_t seed) {
  const double fx = std::floor(p.x), fy = std::floor(p.y), fz = std::floor(p.z);
  const auto ix = static_cast<std::uint32_t>(static_cast<std::int32_t>(fx));
  const auto iy = static_cast<std::uint32_t>(static_cast<std::int32_t>(fy));
  const auto iz = static_cast<std::uint32_t>(static_cast<std::int32_t>(fz));
  const double x = p.x - fx, y = p.y - fy, z = p.z - fz;

  const auto corner = [&](std::uint32_t dx, std::uint32_t dy, std::uint32_t dz) {
    const std::uint32_t h = scramble((ix + dx) * 0x9e3779b1U ^ scramble((iy + dy) ^ scramble((iz + dz) + seed)));
    const double a = x - dx, b = y - dy, c = z - dz;
    const double u = (h & 8U) != 0 ? b : a;  // twelve directions, to the edges of a cube
    const double v = (h & 8U) != 0 ? c : (h & 4U) != 0 ? c : b;
    return ((h & 1U) != 0 ? -u : u) + ((h & 2U) != 0 ? -v : v);
  };
  const auto fade = [](double t) { return t * t * t * (t * (t * 6 - 15) + 10); };
  const auto mix = [](double a, double b, double t) { return a + t * (b - a); };

  const double u = fade(x), v = fade(y), w = fade(z);
  return mix(mix(mix(corner(0, 0, 0), corner(1, 0, 0), u), mix(corner(0, 1, 0), corner(1, 1, 0), u), v),
             mix(mix(corner(0, 0, 1), corner(1, 0, 1), u), mix(corner(0, 1, 1), corner(1, 1, 1), u), v), w);
}

/// Returns `count` layers of noise, the first of which has `frequency` waves a radius, each next one twice as many and
/// `gain` times as strong. About unit variance.
double octaves(Point p, double frequency, int count, double gain, std::uint32_t seed) {
  double sum = 0, square = 0, amplitude = 1;
  for (int octave = 0; octave < count; ++octave) {
    const auto layer = seed + static_cast<std::uint32_t>(octave) * 101;
    sum += amplitude * noise({p.x * frequency, p.y * frequency, p.z * frequency}, layer);
    square += amplitude * amplitude;
    amplitude *= gain;
    frequency *= 2;
  }
  return sum / (0.27 * std::sqrt(square));
}

/// Returns the point moved by noise: a texture looked up there is drawn out and curled, as air masses are.
Point curl(Point p, double frequency, double strength, std::uint32_t seed) {
  return {p.x + strength * octaves(p, frequency, 2, 0.5, seed + 1),
          p.y + strength * octaves(p, frequency, 2, 0.5, seed + 2),
          p.z + strength * octaves(p, frequency, 2, 0.5, seed + 3)};
}

// ------------------------------------------------------------------------------------------------------ geography

/// The world from 180 W to 180 E and from 90 N to 90 S, at 3 1/3 degrees. '.' is sea; a digit is land and its height in
/// units of 500 m. Coasts follow the land mask of NOAA's OISST v2 (public domain), coarsened, with islands and heights
/// drawn by hand.
constexpr std::array<std::string_view, 54> world = {
    "............................................................................................................",
    "............................................................................................................",
    "............................0000.......3.33332..............................................................",
    "............................0000...122344444432............0................................................",
    "..................0.000....000.......2234554322........................0..........00000.....................",
    "...................0000......000......24555542........................0........0001111000001.....1..........",
    "......0111110000000...0...0....000.....34444...............0000.......01000..000111111111111111111111100000.",
    "......111221110001100000000.....000....223......0.........10..00..00000110000000111111111111122222111110000.",
    "......11222111001111000000.....0........1...............121...0000000001100000000111111011111111111111..00..",
    "..............011221000000.....0000.....1.....................0000000001100000000000000000011111......1.....",
    "...............1222100000000...00000................0...1....0000000000000000001111100000000000......1......",
    "................23211110000000000000...............0.0..000000000000000000000112232222111100000......0......",
    ".................2212221000000000....0................0112110000000000000000112344433332111000000...........",
    ".................11233321000000000.0..................01.22100....12..0001123332333333221100000.............",
    ".................112443210000001....................00....0..0.....2..1111235553211111111000....1...........",
    ".................01244321000011....................000......0.123332..2211134345554321100...0...1...........",
    "..................123332100000........................000........1122333212576789875321100....1.............",
    "...................1222100000......................2321100.......0122333212466899975421100...0..............",
    "....................11221....0.....................0000000000000.011..22111234556543321000..................",
    "....................0.330.........................00001211000000..121......11122222243100.0.................",
    "......................330.00..00.................0000112211210000.22111.....1100.001110.....................",
    ".......................21000....0................0000001101210000..110......110...0000......................",
    "..........................101....................00000000000000011.1........11......00....0.................",
    "............................0.....................0000000000000013.1.0.......1.....0.0......................",
    "............................00000000...............000000000000124310.........0............0................",
    "...............................100000....................00000011320................0.......................",
    "...............................20000000..................0000012221................0....0...................",
    "..............................5200000000.................000001232..................0..00.0...0.............",
    "..............................521110000000................0000123....................0....0....221..........",
    "...............................223210000100...............00001121....................00..........0.........",
    "...............................13541000111................00110111..........................................",
    "................................4751001111................01111110..1........................00.............",
    ".................................851001121................1122110..1.......................0000000..........",
    ".................................641001111................122221...1.....................000000000..........",
    ".................................421000...................12222.........................00000000000.........",
    ".................................510000....................2223.........................000000000010........",
    ".................................51000......................22...........................000..00001.........",
    ".................................410............................................................001.........",
    "................................1200......................................................................0.",
    ".................................1................................................................0......0..",
    "................................2........................................................................0..",
    "................................2...........................................................................",
    "................................1...........................................................................",
    ".................................0..........................................................................",
    "............................................................................................................",
    "............................................................................................................",
    "............................................................................................................",
    "...................................................................3333333.....3333333333333333333..........",
    "..................................3................33333333333334444444455..555555554444444433333333333.....",
    "....................22223333332333................3333333334444455555556666666666666655555554444433333......",
    "........3333333333333333333333..............33344444444444444455555666666667777776666666655555444433333.....",
    "444444443333333333333333333333333333333444444455555555555555554555555666666666666666666555555444443344444444",
    "555555555555555444444444333333333333334444444555555555555555555444445555555555555555555544444555555555555555",
    "555555555555555555555555555555555555555555555555555555555555555555555555555555555555555555555555555555555555",
};

double land_at(char cell) { return cell == '.' ? 0.0 : 1.0; }
double kilometres_at(char cell) { return cell == '.' ? 0.0 : 0.5 * (cell - '0'); }

/// Returns the map above between its cells, by a cubic B-spline: smooth, and never beyond its neighbours.
double look_up(double latitude, double longitude, double (*value)(char)) {
  constexpr int map_rows = static_cast<int>(world.size());
  constexpr int map_columns = static_cast<int>(world[0].size());
  const double r = (90 - latitude) * map_rows / 180 - 0.5;
  const double c = (longitude + 180) * map_columns / 360 - 0.5;
  const int row = static_cast<int>(std::floor(r));
  const int column = static_cast<int>(std::floor(c));

  const auto weights = [](double t) {
    const double s = 1 - t;
    return std::array{s * s * s / 6, (4 - 6 * t * t + 3 * t * t * t) / 6, (4 - 6 * s * s + 3 * s * s * s) / 6,
                      t * t * t / 6};
  };
  const auto along = weights(c - column);
  const auto down = weights(r - row);
  double sum = 0;
  for (int i = 0; i < 4; ++i) {
    const auto& line = world[static_cast<std::size_t>(std::clamp(row + i - 1, 0, map_rows - 1))];
    for (int j = 0; j < 4; ++j) {
      const int wrapped = ((column + j - 1) % map_columns + map_columns) % map_columns;
      sum += down[static_cast<std::size_t>(i)] * along[static_cast<std::size_t>(j)] *
             value(line[static_cast<std::size_t>(wrapped)]);
    }
  }
  return sum;
}

// -------------------------------------------------------------------------------------------------- zonal climates

/// Temperatures at sea level in degrees Celsius, every 15 degrees from the south pole to the north pole: the mean of
/// the year, and the change in the northern summer.
struct Climate {
  std::array<double, 13> mean;
  std::array<double, 13> summer;
};
constexpr Climate sea = {{-1.8, -1.8, 0.5, 10.0, 19.5, 25.0, 26.8, 26.8, 21.5, 12.5, 6.0, 0.0, -1.8},
                         {0.0, -0.4, -1.5, -2.5, -3.0, -2.0, -0.3, 1.5, 3.5, 4.0, 3.0, 1.0, 0.0}};
constexpr Climate ground = {{-30.0, -17.0, -5.0, 9.0, 20.0, 25.0, 25.5, 27.5, 21.0, 8.0, -4.0, -14.0, -18.0},
                            {-15.0, -13.0, -8.0, -6.0, -7.0, -4.0, -0.5, 4.0, 9.0, 14.0, 18.0, 17.0, 15.0}};

constexpr int steps_per_degree = 4;
constexpr std::size_t table_size = 180 * steps_per_degree + 1;
using Table = std::array<float, table_size + 1>;  // one more, so that an interpolation may always look ahead

/// Returns a value between the 13 latitudes, by Catmull-Rom splines.
double between(const std::array<double, 13>& values, double latitude) {
  const double x = std::clamp((latitude + 90) / 15, 0.0, 12.0);
  const int i = std::min(static_cast<int>(x), 11);
  const double t = x - i;
  const auto at = [&](int k) { return values[static_cast<std::size_t>(std::clamp(k, 0, 12))]; };
  const double a = at(i - 1), b = at(i), c = at(i + 1), d = at(i + 2);
  return b + 0.5 * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)));
}

/// Returns a position in the zonal tables: a walk on beyond a pole comes down on the other side.
float beyond_pole(float position) {
  constexpr auto last = static_cast<float>(table_size - 1);
  return std::clamp(last - std::abs(last - std::abs(position)), 0.0F, last);
}

/// A row of a drifting texture: its first column, and the fraction of the way between two neighbours.
struct Drift {
  std::size_t start;
  float fraction;
};

/// Returns the drift of a texture that has moved `degrees` eastwards.
Drift drift(double degrees, std::size_t columns) {
  const double turns = -degrees / 360;
  const double shift = (turns - std::floor(turns)) * static_cast<double>(columns);
  const auto start = std::min(static_cast<std::size_t>(shift), columns - 1);
  return {start, static_cast<float>(shift - static_cast<double>(start))};
}

constexpr double year = 365.25 * hours_per_day;
constexpr double displacement = 8.0 * steps_per_degree;  // how far a usual wave carries its air, in steps of the tables

}  // namespace

/// The values that follow from the calendar and the hour, for every latitude.
struct Planet::Season {
  Table sea;     // kelvin at sea level over water or ice
  Table ground;  // kelvin at sea level over land
  double sin_declination;
  double cos_declination;

  explicit Season(double hour) {
    // Hours count from the first day of a year, so a phase is a day of the year.
    const double turns = hour / year;
    const double ground_phase = cos_turn(turns - 198 / 365.25);  // hottest in the middle of July
    const double sea_phase = cos_turn(turns - 238 / 365.25);     // the sea is six weeks behind
    const double north_ice = 68 + 4 * sea_phase;                 // degrees at which ice begins
    const double south_ice = 64 - 3 * sea_phase;
    for (std::size_t i = 0; i < sea.size(); ++i) {
      const double latitude = std::min(static_cast<double>(i) / steps_per_degree - 90, 90.0);
      const double on_ground =
          between(sample::ground.mean, latitude) + ground_phase * between(sample::ground.summer, latitude);
      const double on_water = between(sample::sea.mean, latitude) + sea_phase * between(sample::sea.summer, latitude);
      const double ice = latitude > 0 ? smooth_step(north_ice - 7, north_ice + 11, latitude)
                                      : smooth_step(south_ice - 6, south_ice + 10, -latitude);
      ground[i] = static_cast<float>(273.15 + on_ground);
      sea[i] = static_cast<float>(273.15 + on_water + 0.85 * ice * (on_ground - on_water));
    }
    sin_declination = 0.39782 * sin_turn(turns - 80 / 365.25);
    cos_declination = std::sqrt(1 - sin_declination * sin_declination);
  }
};

std::vector<double> latitudes(int count) {
  std::vector<double> result;
  for (int i = 0; i < count; ++i) result.push_back(90 - 180.0 * i / (count - 1));
  return result;
}

std::vector<double> longitudes(int count) {
  std::vector<double> result;
  for (int j = 0; j < count; ++j) result.push_back(360.0 * j / count);
  return result;
}

Planet::Planet(int latitudes, int longitudes, std::uint64_t seed, int threads)
    : rows_(static_cast<std::size_t>(latitudes)),
      columns_(static_cast<std::size_t>(longitudes)),
      seed_(scramble(static_cast<std::uint32_t>(seed) ^ scramble(static_cast<std::uint32_t>(seed >> 32)))) {
  if (latitudes < 2 || longitudes < 1) {
    throw Error(ErrorCode::invalid_argument, "weather: a grid of " + std::to_string(latitudes) + " latitudes and " +
                                                 std::to_string(longitudes) + " longitudes; ask for at least 2 and 1");
  }
  latitudes_ = sample::latitudes(latitudes);
  longitudes_ = sample::longitudes(longitudes);
  for (auto* field : {&land_, &cooling_, &day_, &position_}) field->resize(size());
  for (auto* texture : {&waves_a_, &waves_b_, &slow_, &fine_}) texture->resize(2 * size() + 1);
  parallel_for(rows_, threads, [this](std::size_t row) { build_row(row); });
}

void Planet::build_row(std::size_t row) {
  const double latitude = latitudes_[row];
  // The poles' own cosine is not quite zero in floating point; a pole is one place and has one temperature.
  const bool pole = row == 0 || row + 1 == rows_;
  const double cosine = pole ? 0.0 : cos_turn(latitude / 360);
  const double sine = sin_turn(latitude / 360);
  const double dry_belt = 1 - std::min(1.0, std::abs(std::abs(latitude) - 24) / 16);

  for (std::size_t column = 0; column < columns_; ++column) {
    const double longitude = pole ? 0.0 : longitudes_[column] > 180 ? longitudes_[column] - 360 : longitudes_[column];
    const Point p = {cosine * cos_turn(longitude / 360), cosine * sin_turn(longitude / 360), sine};
    const std::size_t i = row * columns_ + column;

    const double coast = look_up(latitude, longitude, land_at) + 0.09 * octaves(p, 9, 5, 0.62, seed_ + 1000);
    const double land = smooth_step(0.36, 0.46, coast);
    const double rugged = std::max(0.25, 1 + 0.30 * octaves(p, 14, 4, 0.6, seed_ + 2000));
    const double height = land * (look_up(latitude, longitude, kilometres_at) * rugged + 0.12 * rugged);
    const double dry = std::clamp(0.25 + 0.75 * dry_belt + 0.15 * octaves(p, 4, 2, 0.5, seed_ + 3000), 0.0, 1.0);

    land_[i] = static_cast<float>(land);
    cooling_[i] = static_cast<float>(6.0 * height);
    day_[i] = static_cast<float>(0.6 + land * (8 + 12 * dry));
    const double zone = latitude + 3.0 * octaves(p, 2.5, 3, 0.5, seed_ + 4000);
    position_[i] = static_cast<float>((zone + 90) * steps_per_degree);

    const auto texture = [&](std::vector<float>& values, double value) {
      values[2 * row * columns_ + column] = values[(2 * row + 1) * columns_ + column] = static_cast<float>(value);
    };
    texture(waves_a_, octaves(curl(p, 2.5, 0.10, seed_ + 5000), 2.7, 4, 0.42, seed_ + 5100));
    texture(waves_b_, octaves(curl(p, 2.5, 0.10, seed_ + 6000), 3.4, 4, 0.42, seed_ + 6100));
    texture(slow_, octaves(p, 2, 3, 0.5, seed_ + 7000));
    texture(fine_, octaves(curl(p, 8, 0.015, seed_ + 8000), 16, 3, 0.6, seed_ + 8100));
  }
}

void Planet::temperature(std::int64_t hour, std::span<float> field) const {
  if (field.size() != size()) {
    throw Error(ErrorCode::invalid_argument,
                "weather: a field of " + std::to_string(field.size()) + " values; give it " + std::to_string(size()));
  }
  const double hours = static_cast<double>(hour);
  const double days = hours / hours_per_day;
  const Season season(hours);

  // Two textures travel at two speeds and take turns, so that waves are born and die on their way.
  const auto weight_a = static_cast<float>(cos_turn(days / 9));
  const auto weight_b = static_cast<float>(sin_turn(days / 9));
  const Drift a = drift(11.0 * days, columns_);
  const Drift b = drift(7.5 * days, columns_);
  const Drift slow = drift(1.5 * days, columns_);
  const Drift fine = drift(9.0 * days, columns_);

  // The sun stands highest at noon; the air is warmest at half past two.
  std::vector<float> sun(columns_);
  for (std::size_t j = 0; j < columns_; ++j) {
    sun[j] = static_cast<float>(cos_turn(longitudes_[j] / 360 + (hours - 14.5) / hours_per_day));
  }
  const auto heating = [](float up, float across, float where) {
    const float height = up + across * where;  // the sine of the sun's height above the horizon
    return 0.25F * height + 0.75F * std::max(height, 0.0F);
  };

  for (std::size_t row = 0; row < rows_; ++row) {
    const bool pole = row == 0 || row + 1 == rows_;
    const double cosine = pole ? 0.0 : cos_turn(latitudes_[row] / 360);
    const auto up = static_cast<float>(sin_turn(latitudes_[row] / 360) * season.sin_declination);
    const auto across = static_cast<float>(cosine * season.cos_declination);
    // A day's sun warms the season, which the tables have; here it only moves heat from night to day.
    float mean_heating = 0;
    for (int k = 0; k < 48; ++k) mean_heating += heating(up, across, static_cast<float>(cos_turn(k / 48.0))) / 48;

    const auto moving = [&](const std::vector<float>& texture, Drift by) {
      return texture.data() + 2 * row * columns_ + by.start;
    };
    const float* const at_a = moving(waves_a_, a);
    const float* const at_b = moving(waves_b_, b);
    const float* const at_slow = moving(slow_, slow);
    const float* const at_fine = moving(fine_, fine);
    const auto between_neighbours = [](const float* at, std::size_t j, float t) {
      return at[j] + t * (at[j + 1] - at[j]);
    };
    const auto grain = static_cast<float>(0.12 * cosine / 65536);
    const std::uint32_t grain_seed = scramble(seed_ ^ scramble(static_cast<std::uint32_t>(hour) + 0x9e3779b1U));
    const auto reach =
        static_cast<float>(displacement * (0.3 + 0.7 * smooth_step(0, 30, 90 - std::abs(latitudes_[row]))));

    for (std::size_t j = 0; j < columns_; ++j) {
      const std::size_t i = row * columns_ + j;
      const float wave =
          weight_a * between_neighbours(at_a, j, a.fraction) + weight_b * between_neighbours(at_b, j, b.fraction);

      // Air keeps the temperature of the latitude it comes from; water gives half of its own.
      const float home = beyond_pole(position_[i]);
      const float origin = beyond_pole(position_[i] + reach * wave);
      const auto zone = [](const Table& table, float x) {
        const auto k = static_cast<std::size_t>(static_cast<std::int32_t>(x));
        return table[k] + (x - static_cast<float>(k)) * (table[k + 1] - table[k]);
      };
      const float over_sea = 0.5F * (zone(season.sea, home) + zone(season.sea, origin));
      const float over_ground = zone(season.ground, origin);

      const float shifting = 1.1F * between_neighbours(at_slow, j, slow.fraction) +
                             (0.25F + 0.35F * land_[i]) * between_neighbours(at_fine, j, fine.fraction);
      const float daily = day_[i] * (heating(up, across, sun[j]) - mean_heating);
      const auto dice = static_cast<std::int32_t>(scramble(grain_seed + static_cast<std::uint32_t>(i)) & 0x1ffffU);

      field[i] = over_sea + land_[i] * (over_ground - over_sea) - cooling_[i] + daily + shifting +
                 grain * static_cast<float>(dice - 65536);
    }
  }
}

}  // namespace sample
}  // namespace chunkwise::inline CHUNKWISE_ABI
