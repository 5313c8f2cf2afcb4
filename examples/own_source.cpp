// A source of one's own: a headerless file of big numbers of int16, row by row, in hundredths of a degree.
#include <chunkwise/chunkwise.hpp>
#include <fstream>
#include <iostream>
#include <vector>

namespace cw = chunkwise;

// [source]
class RawFile final : public cw::Source {
 public:
  RawFile(std::string path, const cw::Shape& shape)
      : path_(std::move(path)), shape_(shape), grid_(cw::ChunkGrid::automatic(shape)) {
    encoding_.stored = cw::DType::int16;  // what read() delivers; the load stage makes float32 of it
    encoding_.scaled = true;
    encoding_.scale = 0.01;
    encoding_.missing = {cw::Scalar(std::int16_t{-32768})};
  }
  [[nodiscard]] cw::DType dtype() const override { return cw::DType::float32; }
  [[nodiscard]] const cw::Shape& shape() const override { return shape_; }
  [[nodiscard]] const cw::ChunkGrid& grid() const override { return grid_; }
  [[nodiscard]] const cw::Encoding& encoding() const override { return encoding_; }
  [[nodiscard]] std::string describe() const override { return "raw file " + path_; }
  void read(const cw::Region& region, void* out) const override {
    std::ifstream file(path_, std::ios::binary);  // a stream a call: read() is called by several threads at a time
    auto* to = static_cast<std::int16_t*>(out);
    for (std::int64_t row = 0; row < region[0].count; ++row)
      for (std::int64_t column = 0; column < region[1].count; ++column, ++to) {
        const std::int64_t i = region[0].start + row * region[0].step;
        const std::int64_t j = region[1].start + column * region[1].step;
        if (column == 0 || region[1].step != 1) file.seekg((i * shape_[1] + j) * 2);
        file.read(reinterpret_cast<char*>(to), 2);
      }
    if (!file) throw cw::Error(cw::ErrorCode::io, describe() + ": cannot read " + to_string(region));
  }

 private:
  std::string path_;
  cw::Shape shape_;
  cw::ChunkGrid grid_;
  cw::Encoding encoding_;
};
// [/source]

int main() {
  const std::vector<std::int16_t> stored{1250, 1300, -32768, -75, 0, 2199};
  std::ofstream("raw.bin", std::ios::binary).write(reinterpret_cast<const char*>(stored.data()), 12);

  // [use]
  auto backend = cw::connect("local");
  auto file = std::make_shared<RawFile>("raw.bin", cw::Shape{2, 3});
  const auto x = cw::from_source<float, 2>(file, cw::Labels({"day", "station"}));
  std::cout << x << '\n' << cw::compute(backend, x) << '\n' << cw::compute(backend, cw::nanmean(x, "day")) << '\n';
  // [/use]
}
