#include "backends/thrift/wire/handshake.hpp"
