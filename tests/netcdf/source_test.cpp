// Variables of files of each storage, opened here and in a process apart, in the suite for sources.
#include "tests/conformance/source_conformance.hpp"
#include "tests/netcdf/isolation.hpp"

namespace chunkwise::conformance {
namespace {

/// Sources over files of each storage, opened here and in a process apart.
SourceUnderTest of_file(const std::string& name, bool isolated, int mode, int type,
                        const std::function<void(int file, int variable)>& define) {
  return {name + (isolated ? "Isolated" : ""), [=] {
            static const chunkwise_test::TemporaryFolder folder;
            const std::string path = folder / (name + ".nc");
            if (!std::filesystem::exists(path))
              chunkwise_test::make_file(path, mode, type, {{"t", 0}, {"y", 5}, {"x", 6}}, define,
                                        chunkwise_test::counting({4, 5, 6}));
            return chunkwise_test::open_one(path, "v", DType::float64, {.chunks = {2, 3, 6}, .isolated = isolated});
          }};
}

std::vector<SourceUnderTest> file_sources() {
  using chunkwise_test::nc;
  const auto chunked = [](int file, int variable) {
    const std::size_t chunk[] = {2, 2, 4};
    nc(nc_def_var_chunking(file, variable, NC_CHUNKED, chunk));
  };
  std::vector<SourceUnderTest> sources;
  for (const bool isolated : {false, true}) {
    sources.push_back(of_file("Classic", isolated, 0, NC_SHORT, nullptr));
    sources.push_back(of_file("Chunked", isolated, NC_NETCDF4, NC_FLOAT, chunked));
    sources.push_back(of_file("Deflated", isolated, NC_NETCDF4, NC_SHORT, [=](int file, int variable) {
      chunked(file, variable);
      nc(nc_def_var_deflate(file, variable, 1, 1, 4));
    }));
    sources.push_back(of_file("BigEndian", isolated, NC_NETCDF4, NC_INT64, [=](int file, int variable) {
      chunked(file, variable);
      nc(nc_def_var_deflate(file, variable, 0, 1, 4));
      nc(nc_def_var_endian(file, variable, NC_ENDIAN_BIG));
    }));
    sources.push_back(of_file("Checksummed", isolated, NC_NETCDF4, NC_UBYTE, [=](int file, int variable) {
      chunked(file, variable);
      nc(nc_def_var_fletcher32(file, variable, NC_FLETCHER32));
    }));
    sources.push_back(of_file("Packed", isolated, NC_NETCDF4, NC_SHORT, [=](int file, int variable) {
      const double scale = 0.25;
      const short missing = 7;
      nc(nc_put_att_double(file, variable, "scale_factor", NC_DOUBLE, 1, &scale));
      nc(nc_put_att_short(file, variable, "missing_value", NC_SHORT, 1, &missing));
    }));
  }
  return sources;
}

INSTANTIATE_TEST_SUITE_P(Files, SourceConformance, testing::ValuesIn(file_sources()), source_name);

}  // namespace
}  // namespace chunkwise::conformance
