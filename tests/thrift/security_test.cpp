#include "tests/thrift/worker_server.hpp"
