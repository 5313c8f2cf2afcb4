#pragma once
/// netcdf-c's functions by their names there, without "nc_". They are used through a LibraryLock alone.
#include <H5Dpublic.h>
#include <H5Epublic.h>
#include <H5Fpublic.h>
#include <H5Ppublic.h>
#include <H5Spublic.h>
#include <H5Tpublic.h>
#include <netcdf.h>
#include <netcdf_filter.h>

#include "runtime/core/shared_library.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace netcdf {

struct Functions {
  /// Throws io if the library lacks one of them.
  explicit Functions(const SharedLibrary& netcdf_c) : library(netcdf_c) {}

  SharedLibrary library;

  decltype(&::nc_abort) abort = library["nc_abort"];
  decltype(&::nc_close) close = library["nc_close"];
  decltype(&::nc_create) create = library["nc_create"];
  decltype(&::nc_def_dim) def_dim = library["nc_def_dim"];
  decltype(&::nc_def_var) def_var = library["nc_def_var"];
  decltype(&::nc_def_var_chunking) def_var_chunking = library["nc_def_var_chunking"];
  decltype(&::nc_def_var_deflate) def_var_deflate = library["nc_def_var_deflate"];
  decltype(&::nc_enddef) enddef = library["nc_enddef"];
  decltype(&::nc_free_string) free_string = library["nc_free_string"];
  decltype(&::nc_get_att) get_att = library["nc_get_att"];
  decltype(&::nc_get_att_string) get_att_string = library["nc_get_att_string"];
  decltype(&::nc_get_att_text) get_att_text = library["nc_get_att_text"];
  decltype(&::nc_get_vara) get_vara = library["nc_get_vara"];
  decltype(&::nc_inq_att) inq_att = library["nc_inq_att"];
  decltype(&::nc_inq_attname) inq_attname = library["nc_inq_attname"];
  decltype(&::nc_inq_dim) inq_dim = library["nc_inq_dim"];
  decltype(&::nc_inq_dimid) inq_dimid = library["nc_inq_dimid"];
  decltype(&::nc_inq_dimids) inq_dimids = library["nc_inq_dimids"];
  decltype(&::nc_inq_filter_avail) inq_filter_avail = library["nc_inq_filter_avail"];
  decltype(&::nc_inq_format) inq_format = library["nc_inq_format"];
  decltype(&::nc_inq_grp_full_ncid) inq_grp_full_ncid = library["nc_inq_grp_full_ncid"];
  decltype(&::nc_inq_grp_parent) inq_grp_parent = library["nc_inq_grp_parent"];
  decltype(&::nc_inq_grpname) inq_grpname = library["nc_inq_grpname"];
  decltype(&::nc_inq_grps) inq_grps = library["nc_inq_grps"];
  decltype(&::nc_inq_nvars) inq_nvars = library["nc_inq_nvars"];
  decltype(&::nc_inq_unlimdims) inq_unlimdims = library["nc_inq_unlimdims"];
  decltype(&::nc_inq_user_type) inq_user_type = library["nc_inq_user_type"];
  decltype(&::nc_inq_var) inq_var = library["nc_inq_var"];
  decltype(&::nc_inq_var_chunking) inq_var_chunking = library["nc_inq_var_chunking"];
  decltype(&::nc_inq_var_fill) inq_var_fill = library["nc_inq_var_fill"];
  decltype(&::nc_inq_var_filter_ids) inq_var_filter_ids = library["nc_inq_var_filter_ids"];
  decltype(&::nc_inq_vardimid) inq_vardimid = library["nc_inq_vardimid"];
  decltype(&::nc_inq_varid) inq_varid = library["nc_inq_varid"];
  decltype(&::nc_inq_varname) inq_varname = library["nc_inq_varname"];
  decltype(&::nc_inq_varnatts) inq_varnatts = library["nc_inq_varnatts"];
  decltype(&::nc_inq_vartype) inq_vartype = library["nc_inq_vartype"];
  decltype(&::nc_open) open = library["nc_open"];
  decltype(&::nc_put_att) put_att = library["nc_put_att"];
  decltype(&::nc_put_att_double) put_att_double = library["nc_put_att_double"];
  decltype(&::nc_put_att_short) put_att_short = library["nc_put_att_short"];
  decltype(&::nc_put_att_text) put_att_text = library["nc_put_att_text"];
  decltype(&::nc_put_vara) put_vara = library["nc_put_vara"];
  decltype(&::nc_put_vara_double) put_vara_double = library["nc_put_vara_double"];
  decltype(&::nc_put_vara_float) put_vara_float = library["nc_put_vara_float"];
  decltype(&::nc_put_vara_int) put_vara_int = library["nc_put_vara_int"];
  decltype(&::nc_put_vara_short) put_vara_short = library["nc_put_vara_short"];
  decltype(&::nc_set_fill) set_fill = library["nc_set_fill"];
  decltype(&::nc_set_var_chunk_cache) set_var_chunk_cache = library["nc_set_var_chunk_cache"];
  decltype(&::nc_strerror) strerror = library["nc_strerror"];
  decltype(&::nc_sync) sync = library["nc_sync"];

  /// Functions of the HDF5 below it.
  decltype(&::H5Eset_auto2) set_hdf5_reports = library["H5Eset_auto2"];
  decltype(&::H5Dclose) h5d_close = library["H5Dclose"];
  decltype(&::H5Dget_chunk_storage_size) h5d_get_chunk_storage_size = library["H5Dget_chunk_storage_size"];
  decltype(&::H5Dget_create_plist) h5d_get_create_plist = library["H5Dget_create_plist"];
  decltype(&::H5Dget_space) h5d_get_space = library["H5Dget_space"];
  decltype(&::H5Dget_type) h5d_get_type = library["H5Dget_type"];
  decltype(&::H5Dopen2) h5d_open = library["H5Dopen2"];
  decltype(&::H5Dread_chunk) h5d_read_chunk = library["H5Dread_chunk"];
  decltype(&::H5Fclose) h5f_close = library["H5Fclose"];
  decltype(&::H5Fopen) h5f_open = library["H5Fopen"];
  decltype(&::H5Pclose) h5p_close = library["H5Pclose"];
  decltype(&::H5Pcreate) h5p_create = library["H5Pcreate"];
  decltype(&::H5P_CLS_FILE_ACCESS_ID_g) h5p_file_access = library["H5P_CLS_FILE_ACCESS_ID_g"];
  decltype(&::H5Pget_chunk) h5p_get_chunk = library["H5Pget_chunk"];
  decltype(&::H5Pget_filter2) h5p_get_filter = library["H5Pget_filter2"];
  decltype(&::H5Pget_layout) h5p_get_layout = library["H5Pget_layout"];
  decltype(&::H5Pget_nfilters) h5p_get_nfilters = library["H5Pget_nfilters"];
  decltype(&::H5Pset_fclose_degree) h5p_set_fclose_degree = library["H5Pset_fclose_degree"];
  decltype(&::H5Sclose) h5s_close = library["H5Sclose"];
  decltype(&::H5Sget_simple_extent_dims) h5s_get_simple_extent_dims = library["H5Sget_simple_extent_dims"];
  decltype(&::H5Sget_simple_extent_ndims) h5s_get_simple_extent_ndims = library["H5Sget_simple_extent_ndims"];
  decltype(&::H5Tclose) h5t_close = library["H5Tclose"];
  decltype(&::H5Tget_class) h5t_get_class = library["H5Tget_class"];
  decltype(&::H5Tget_order) h5t_get_order = library["H5Tget_order"];
  decltype(&::H5Tget_precision) h5t_get_precision = library["H5Tget_precision"];
  decltype(&::H5Tget_size) h5t_get_size = library["H5Tget_size"];
};

}  // namespace netcdf
}  // namespace chunkwise::inline CHUNKWISE_ABI
