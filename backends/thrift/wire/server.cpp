#include "backends/thrift/wire/server.hpp"
