#include "backends/thrift/wire/transport.hpp"
