// A helper whose memory was written over: it starts the true one, in the folder CHUNKWISE_TRUE_HELPER, and passes on
// questions and answers, but for answers that it changes. Which and how follows from the number CHUNKWISE_LIES.
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <random>
#include <string>

#include "runtime/netcdf/helper_messages.hpp"

int main(int arguments, char** argument) {
  using namespace chunkwise::netcdf;
  int ends[2];
  if (arguments != 3 || ::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) return 2;
  if (::fork() == 0) {
    ::dup2(ends[1], 3);
    const std::string program = std::string(std::getenv("CHUNKWISE_TRUE_HELPER")) + "/chunkwise-netcdf";
    const std::string parent = std::to_string(::getppid());
    for (int fd = 4; fd < 20; ++fd) ::close(fd);
    ::execl(program.c_str(), program.c_str(), argument[1], parent.c_str(), nullptr);
    return 2;
  }
  ::close(ends[1]);
  std::mt19937_64 random(std::strtoull(std::getenv("CHUNKWISE_LIES"), nullptr, 10));
  const Channel asking(3), answering(ends[0]);
  const auto pass = [](const Channel& from, const Channel& to, const auto& change) {
    std::array<std::byte, 8> frame{};
    from.receive(frame);
    auto bytes = from.receive(static_cast<std::size_t>(size_of_frame(frame)));
    std::uint64_t size = bytes.size();
    change(bytes, size);
    to.send({frame_of(size), bytes});
  };
  try {
    for (int answers = 0;; ++answers) {
      pass(asking, answering, [](const auto&, const auto&) {});
      pass(answering, asking, [&](std::vector<std::byte>& bytes, std::uint64_t& size) {
        if (answers == 0 || random() % 4 != 0) return;  // it begins by saying who it is
        switch (random() % 5) {
          case 0:  // another byte
          case 1:
            bytes[random() % bytes.size()] = static_cast<std::byte>(random());
            break;
          case 2: {  // another number
            const std::uint64_t number = random() % 3 == 0 ? ~std::uint64_t{0} : random() >> (random() % 64);
            const std::size_t at = random() % bytes.size();
            std::memcpy(bytes.data() + at, &number, std::min(bytes.size() - at, sizeof number));
            break;
          }
          case 3:  // a part of it
            bytes.resize(random() % bytes.size());
            size = random() % 2 == 0 ? bytes.size() : size;
            break;
          default:  // another size
            size = random() >> (random() % 64);
        }
      });
    }
  } catch (const ConnectionLost&) {
  }
  return 0;
}
