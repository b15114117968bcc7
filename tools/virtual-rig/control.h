#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "loop.h"
#include "os/fd.h"

namespace rigbisect::rig {

// The control socket, by which a test tells the shelf what to play. A client sends one line of words and gets
// "ok" or "error: ..." and further lines, then the end of the stream. One client at a time; a line has at
// most 512 bytes.
class ControlServer {
 public:
  // What is to follow "ok", or why not.
  using Handler = std::function<Result<std::string>(const std::vector<std::string>& words)>;

  // Listens at `path`. Errc::invalid if the path is too long for a socket.
  static Result<std::unique_ptr<ControlServer>> create(Loop& loop, const std::string& path, Handler handler);
  ~ControlServer();
  ControlServer(const ControlServer&) = delete;
  ControlServer& operator=(const ControlServer&) = delete;

 private:
  ControlServer(Loop& loop, Fd listener, Handler handler)
      : loop_(loop), listener_(std::move(listener)), handler_(std::move(handler)) {}
  void accept();
  void readable();
  void answer(std::string_view line);
  void hang_up();

  Loop& loop_;
  Fd listener_;
  Handler handler_;
  Fd client_;
  std::string line_;
};

// `virtual-rig ctl`: sends the words to the shelf at `path` and returns what it answers. Blocks, at most 10
// s.
Result<std::string> ask_shelf(const std::string& path, const std::vector<std::string>& words);

}  // namespace rigbisect::rig
