#include "backends/thrift/wire/socket.hpp"
