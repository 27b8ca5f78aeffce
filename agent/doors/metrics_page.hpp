// The page for scrapers, GET /metrics on a socket of this machine: everything as it stands, in the format that the
// scraper asks for. Whoever reaches the socket may read it.
#pragma once

#include "agent/doors/exporter_tasks.hpp"
#include "agent/doors/uplink_task.hpp"
#include "platform/http/server.hpp"

namespace noodstop::doors {

class MetricsPage {
public:
    // What it shows must outlive it. Without an uplink nothing is said of one.
    MetricsPage(boost::asio::io_context& io, platform::FileDescriptor listener, const ExporterTasks& exporters,
                const UplinkTask* uplink);

private:
    platform::HttpResponse answer_to(const platform::HttpRequest& request) const;
    std::vector<exporters::Reading> readings() const;

    const ExporterTasks& exporters_;
    const UplinkTask* uplink_;
    platform::HttpServer server_;
};

}  // namespace noodstop::doors
