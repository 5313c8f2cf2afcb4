#pragma once
/// Programs that are the same command, linked with more libraries. Libraries that only some lines need, cairo for plot,
/// Thrift and OpenSSL for a cluster, would cost each start of `chunkwise` more than a small formula does. So those
/// lines are done by chunkwise-plot and chunkwise-cluster.
#include <string>

namespace chunkwise::cli {

/// Becomes the program of that name, with the same line, process and standard streams. It lies beside this one or is
/// installed in libexec/chunkwise; if it is not, throws io with the places. `what` describes the program: "which
/// draws". To be called before anything was written and any signal is blocked.
[[noreturn]] void hand_over(const std::string& program, const std::string& what);

/// Throws unsupported if this program was handed over to by a command of another version. Each program calls it before
/// it does anything.
void require_same_version();

}  // namespace chunkwise::cli
