// Drives one exporter's session over a made-up ledger, and writes the page of metrics.
#pragma once

#include "agent/doors/exporters/export_session.hpp"
#include "agent/doors/exporters/present_readings.hpp"
#include "tests/integration/driver/conversation.hpp"
#include "tests/integration/driver/ledger.hpp"

#include <memory>

namespace noodstop::driver {

class Exports : public Conversation {
public:
    // `format`: "remote_write", "otlp_metrics" or "otlp_logs".
    Exports(const std::string& format, const LedgerOptions& options, const std::string& target);
    json::object answer(const json::object& command) override;

private:
    json::object next(const exporters::ExportMoment& moment);
    void give_batch(std::uint64_t number, const exporters::ExportMoment& moment);
    void give_present(std::uint64_t number, const exporters::ExportMoment& moment);
    json::object sent_json(const exporters::SendRequest& send) const;
    json::object totals() const;
    json::object facts() const;

    Ledger ledger_;
    exporters::CounterBoard board_;
    std::unique_ptr<exporters::PushFormat> format_;
    exporters::ExportSession session_;
};

// Everything that a page of this ledger and of a snapshot shows.
std::string page(const std::string& accept, const LedgerOptions& options);

}  // namespace noodstop::driver
