#include <doctest/doctest.h>

#include "git/recipients.h"

using namespace rigbisect;
using Addresses = std::vector<std::string>;

TEST_CASE("author and the people in the tags are told, each once, in lower case") {
  const std::string message =
      "bpf: fix\n\nText with Cc: in it\n"
      "Signed-off-by: Daniel Borkmann <daniel@iogearbox.net>\n"
      "Acked-by: John Fastabend <John.Fastabend@gmail.com>\n"
      "Reported-and-tested-by: \"Q, uoted\" <q@example.org>\n"
      "Reviewed-by: bare@example.org\n"
      "Signed-off-by: Alexei Starovoitov <ast@kernel.org>\r\n";
  CHECK(git::recipients("daniel@iogearbox.net", message) ==
        Addresses{"ast@kernel.org", "bare@example.org", "daniel@iogearbox.net", "john.fastabend@gmail.com",
                  "q@example.org"});
}

TEST_CASE("plain Cc, reporters, stable lists and things that are no address are left out") {
  const std::string message =
      "x\n\nCc: someone@example.org\nReported-by: r@example.org\nTested-by: <stable@vger.kernel.org>\n"
      "Acked-by: nobody\nAcked-by: \nAcked-by: a b@c\nAcked-by: <@x>\n  Acked-by: indented@example.org\n";
  CHECK(git::recipients("", message).empty());
}
