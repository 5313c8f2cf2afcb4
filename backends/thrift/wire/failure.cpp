#include "backends/thrift/wire/failure.hpp"
