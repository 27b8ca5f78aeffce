#include "agent/doors/metrics_page.hpp"

#include "agent/doors/doors_clock.hpp"
#include "agent/doors/exporters/snapshot_readings.hpp"
#include "agent/doors/exporters/text_page.hpp"

#include <algorithm>

namespace noodstop::doors {
namespace {

using exporters::Reading;
using platform::HttpResponse;

constexpr const char* metrics_path = "/metrics";

platform::HttpLimits page_limits() {
    platform::HttpLimits limits;
    limits.connections_max = 16;
    limits.connections_root_only = 0;
    limits.body_size_max = 1024;
    return limits;
}

HttpResponse plain_answer(unsigned status, std::string text) {
    return {status, {{"Content-Type", "text/plain; charset=utf-8"}}, std::move(text)};
}

void append(std::vector<Reading>& readings, std::vector<Reading> more) {
    std::move(more.begin(), more.end(), std::back_inserter(readings));
}

}  // namespace

MetricsPage::MetricsPage(boost::asio::io_context& io, platform::FileDescriptor listener, const ExporterTasks& exporters,
                         const UplinkTask* uplink)
    : exporters_(exporters),
      uplink_(uplink),
      server_(io, {page_limits(),
                   [this](const platform::HttpRequest& request, const std::shared_ptr<platform::HttpExchange>& to) {
                       to->respond(answer_to(request));
                   },
                   {}}) {
    server_.listen(std::move(listener));
}

HttpResponse MetricsPage::answer_to(const platform::HttpRequest& request) const {
    if (request.target.substr(0, request.target.find('?')) != metrics_path)
        return plain_answer(404, "there is nothing here but /metrics\n");
    if (request.method != "GET") {
        HttpResponse response = plain_answer(405, "GET it\n");
        response.headers.push_back({"Allow", "GET"});
        return response;
    }
    if (!exporters_.snapshot())
        return plain_answer(503, "the path has not reported yet\n");
    const auto format = exporters::chosen_format(platform::find_header(request.headers, "Accept").value_or(""));
    return {200, {{"Content-Type", exporters::content_type(format)}}, exporters::text_page(readings(), format)};
}

// What a limit has used comes from the board as soon as that knows of any: one series never has two sources.
std::vector<Reading> MetricsPage::readings() const {
    const auto is_used = [](const Reading& reading) { return reading.figure == exporters::Figure::limit_used_cost; };
    std::vector<Reading> readings = exporters_.board().present();
    std::vector<Reading> present = exporters::readings_of(*exporters_.snapshot(), agent_version);
    if (std::any_of(readings.begin(), readings.end(), is_used))
        std::erase_if(present, is_used);
    append(readings, std::move(present));
    append(readings, exporters_.readings_of_exporters(wall_now()));
    if (uplink_ != nullptr)
        append(readings, exporters::readings_of(uplink_->view(), wall_now()));
    return readings;
}

}  // namespace noodstop::doors
