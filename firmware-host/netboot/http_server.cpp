#include "netboot/http_server.h"

#include <algorithm>
#include <cstring>
#include <exception>
#include <span>
#include <string>
#include <string_view>

#include <microhttpd.h>

#include "netboot/http_range.h"

namespace rigbisect::netboot {

namespace {

constexpr unsigned max_connections = 128, max_connections_of_a_client = 16;
constexpr unsigned idle_seconds = 30;
constexpr std::size_t connection_memory = 16 * 1024;
constexpr std::size_t block = 64 * 1024;

// One GET of one of an offer's three files.
struct Download {
  std::shared_ptr<const Offer> offer;
  Step step;                               // its name for the timeline
  std::shared_ptr<const ServedFile> file;  // null: the script
  ByteRange range;
  bool to_the_end = false;  // the last byte of the file is part of this
  TimePoint started;

  std::uint64_t file_size() const { return file == nullptr ? offer->script.size() : file->size(); }
};

// The download that a path means, or null.
std::unique_ptr<Download> find_download(const Offers& offers, std::string_view path) {
  if (!path.starts_with('/')) return nullptr;
  path.remove_prefix(1);
  const std::size_t slash = path.find('/');
  if (slash == std::string_view::npos) return nullptr;
  auto download = std::make_unique<Download>();
  download->offer = offers.find_token(path.substr(0, slash));
  if (download->offer == nullptr) return nullptr;
  const std::string_view name = path.substr(slash + 1);
  if (name == script_name) {
    download->step.name = "script";
    return download;
  }
  download->step.name = name;
  if (name == kernel_name) download->file = download->offer->kernel;
  if (name == initramfs_name) download->file = download->offer->initramfs;
  return download->file == nullptr ? nullptr : std::move(download);
}

ssize_t read_block(void* context, std::uint64_t at, char* buffer, std::size_t size) {
  const auto& download = *static_cast<const Download*>(context);
  if (!download.offer->live) return MHD_CONTENT_READER_END_WITH_ERROR;
  const std::size_t wanted =
      std::min<std::uint64_t>(size, download.range.size - std::min(at, download.range.size));
  const std::uint64_t from = download.range.from + at;
  if (download.file == nullptr)
    return static_cast<ssize_t>(download.offer->script.copy(buffer, wanted, from));
  const auto got = download.file->read(from, std::span(buffer, wanted));
  // 0 is a file that became shorter while it was served.
  return got && *got > 0 ? static_cast<ssize_t>(*got) : MHD_CONTENT_READER_END_WITH_ERROR;
}

MHD_Result send_status(MHD_Connection* connection, unsigned status) {
  MHD_Response* response = MHD_create_response_from_buffer(0, nullptr, MHD_RESPMEM_PERSISTENT);
  if (response == nullptr) return MHD_NO;
  const MHD_Result queued = MHD_queue_response(connection, status, response);
  MHD_destroy_response(response);
  return queued;
}

MHD_Result send_download(MHD_Connection* connection, Download* download) {
  MHD_Response* response =
      MHD_create_response_from_callback(download->range.size, block, &read_block, download, nullptr);
  if (response == nullptr) return MHD_NO;
  unsigned status = MHD_HTTP_OK;
  MHD_add_response_header(response, MHD_HTTP_HEADER_ACCEPT_RANGES, "bytes");
  MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE,
                          download->file == nullptr ? "text/plain" : "application/octet-stream");
  if (download->range.kind == ByteRange::Kind::part) {
    status = MHD_HTTP_PARTIAL_CONTENT;
    const std::string part = "bytes " + std::to_string(download->range.from) + "-" +
                             std::to_string(download->range.from + download->range.size - 1) + "/" +
                             std::to_string(download->file_size());
    MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_RANGE, part.c_str());
  }
  const MHD_Result queued = MHD_queue_response(connection, status, response);
  MHD_destroy_response(response);
  return queued;
}

MHD_Result answer_request(const HttpServer::Context& context, MHD_Connection* connection, const char* path,
                          std::string_view method, void** request) {
  const bool get = method == MHD_HTTP_METHOD_GET;
  if (!get && method != MHD_HTTP_METHOD_HEAD) return send_status(connection, MHD_HTTP_METHOD_NOT_ALLOWED);
  auto download = find_download(context.offers, path);
  if (download == nullptr) return send_status(connection, MHD_HTTP_NOT_FOUND);
  const char* range = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_RANGE);
  download->range = parse_range(range == nullptr ? "" : range, download->file_size());
  if (download->range.kind == ByteRange::Kind::unsatisfiable)
    return send_status(connection, MHD_HTTP_RANGE_NOT_SATISFIABLE);
  download->to_the_end = get && download->range.from + download->range.size == download->file_size();
  download->started = context.clock.now();
  *request = download.get();
  return send_download(connection, download.release());  // on_completed() deletes it, whatever happens
}

// libmicrohttpd is C: no exception may pass through it.
MHD_Result on_request(void* context, MHD_Connection* connection, const char* path, const char* method,
                      const char*, const char*, std::size_t*, void** request) {
  try {
    return answer_request(*static_cast<const HttpServer::Context*>(context), connection, path, method,
                          request);
  } catch (const std::exception&) {
    return MHD_NO;  // out of memory: the connection is closed, the client tries again
  }
}

void on_completed(void* context, MHD_Connection*, void** request, MHD_RequestTerminationCode why) {
  const std::unique_ptr<Download> download(static_cast<Download*>(*request));
  *request = nullptr;
  if (download == nullptr || why != MHD_REQUEST_TERMINATED_COMPLETED_OK || !download->to_the_end) return;
  const auto& server = *static_cast<const HttpServer::Context*>(context);
  try {
    download->step.detail = describe_transfer(download->range.size, server.clock.now() - download->started);
    server.offers.note(download->offer->token, download->step);
  } catch (const std::exception&) {
    return;  // out of memory: the timeline lacks this step
  }
}

}  // namespace

Result<std::unique_ptr<HttpServer>> HttpServer::start(Fd listener, Offers& offers, const Clock& clock) {
  std::unique_ptr<HttpServer> server(new HttpServer(offers, clock));
  server->daemon_ = MHD_start_daemon(
      MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_ITC, 0, nullptr, nullptr, &on_request, &server->context_,
      MHD_OPTION_LISTEN_SOCKET, listener.get(), MHD_OPTION_NOTIFY_COMPLETED, &on_completed, &server->context_,
      MHD_OPTION_CONNECTION_LIMIT, max_connections, MHD_OPTION_PER_IP_CONNECTION_LIMIT,
      max_connections_of_a_client, MHD_OPTION_CONNECTION_TIMEOUT, idle_seconds,
      MHD_OPTION_CONNECTION_MEMORY_LIMIT, connection_memory, MHD_OPTION_END);
  if (server->daemon_ == nullptr) return errno_error("boot service: start the HTTP server");
  listener.release();
  return server;
}

HttpServer::~HttpServer() {
  if (daemon_ != nullptr) MHD_stop_daemon(daemon_);
}

}  // namespace rigbisect::netboot
