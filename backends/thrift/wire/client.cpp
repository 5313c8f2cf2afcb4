#include "backends/thrift/wire/client.hpp"

#include <thrift/TApplicationException.h>

namespace chunkwise::wire {

void throw_call_error(const std::string& peer) {
  try {
    throw;
  } catch (const Failure& failure) {
    throw RemoteError(failure);
  } catch (const apache::thrift::TApplicationException& error) {
    throw Error(ErrorCode::unsupported, "the server at " + peer + " does not answer this call: " + error.what());
  } catch (const WrongSize& error) {
    throw PeerLost(peer, "what came from " + peer + " is not what was asked for: " + error.what());
  } catch (const apache::thrift::TException& error) {
    throw PeerLost(peer, "what came from " + peer + " is no answer: " + error.what());
  }
}

}  // namespace chunkwise::wire
