#include "backends/thrift/wire/security.hpp"
