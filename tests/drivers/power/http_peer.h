#pragma once

#include <memory>
#include <string>

#include "tests/drivers/power/conformance.h"
#include "tests/drivers/power/faulty_relay.h"
#include "tests/drivers/power/outlet_model.h"
#include "tests/fakes/scratch_directory.h"

struct MHD_Daemon;
struct MHD_Connection;

namespace rigbisect {

struct HttpQuestion {
  std::string method;
  std::string path;
  std::map<std::string, std::string> query;
  std::string body;
  std::map<std::string, std::string> headers = {};  // by name in lower case

  std::string header(const std::string& name) const { return headers.contains(name) ? headers.at(name) : ""; }
};

struct HttpAnswer {
  int status = 200;
  std::string body;
  std::map<std::string, std::string> headers = {};
};

// A switch with a web server (GNU libmicrohttpd), played by a test as its manual says, behind a FaultyRelay.
class HttpPeer : public Peer {
 public:
  enum class Login { none, basic, digest };

  // The user is "rig", the password "secret".
  HttpPeer(DriverRow<PowerSwitch> row, Login login);
  ~HttpPeer() override;

  DriverRow<PowerSwitch> row() const override { return row_; }
  Given options(int outlet) const override;
  Given wrong_credentials() const override;
  Given nobody_there() const override;
  std::string device() const override { return "http://127.0.0.1:"; }
  bool can(Manners) const override { return true; }
  void behave(Manners manners) override;
  bool is_on(int outlet) const override { return model_.is_on(outlet); }
  long cycle_seconds() const { return model_.cycle_time(); }

  std::string secret_file(const std::string& secret) const;

 protected:
  virtual HttpAnswer answer(const HttpQuestion& question) = 0;
  virtual Given outlet_options(int outlet) const = 0;
  OutletModel& model() { return model_; }

 private:
  static int on_request(void* self, MHD_Connection* connection, const char* url, const char* method,
                        const char* version, const char* upload, std::size_t* upload_size, void** state);
  bool log_in(MHD_Connection* connection) const;

  DriverRow<PowerSwitch> row_;
  Login login_;
  ScratchDirectory scratch_;
  OutletModel model_;
  MHD_Daemon* daemon_ = nullptr;
  std::unique_ptr<FaultyRelay> relay_;
};

}  // namespace rigbisect
