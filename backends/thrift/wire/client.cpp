#include "backends/thrift/wire/client.hpp"
