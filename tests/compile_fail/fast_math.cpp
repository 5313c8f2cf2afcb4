// Results are defined to the last bit, and -ffast-math defines none.
// args: -ffast-math
// expect-error: -ffast-math changes results
#include "chunkwise/core/config.hpp"
