#include "agent/doors/refusals.hpp"

#include <doctest/doctest.h>

#include <map>

using namespace noodstop;
using namespace noodstop::doors;
using namespace std::chrono_literals;

namespace {

const RefusalTally::Time start{1000h};
const RefusedCall knock{"owner acme", "/noodstop.v1.ControlService/Trip", "permission_denied: no"};

RefusedCall numbered(int number) {
    RefusedCall call = knock;
    call.caller = "sha256:" + std::to_string(number);
    return call;
}

std::map<std::string, std::string> by_name(const std::vector<core::FactField>& fields) {
    std::map<std::string, std::string> found;
    for (const core::FactField& field : fields)
        found[field.name] = field.value;
    return found;
}

}  // namespace

TEST_CASE("the first refusal of a kind is told at once, the others as a number each minute") {
    RefusalTally tally;
    const auto first = tally.add(knock, start);
    REQUIRE(first);
    CHECK(first->call == knock);
    CHECK(first->count == 1);
    for (int count = 0; count < 500; ++count)
        CHECK(!tally.add(knock, start + 1s));
    CHECK(tally.due(start + 59s).empty());
    const auto reports = tally.due(start + 60s);
    REQUIRE(reports.size() == 1);
    CHECK(reports[0].call == knock);
    CHECK(reports[0].count == 500);
}

TEST_CASE("another method, reason or caller is another kind") {
    RefusalTally tally;
    RefusedCall other = knock;
    CHECK(tally.add(knock, start));
    other.method = "/noodstop.v1.ControlService/Rehearse";
    CHECK(tally.add(other, start));
    other.reason = "unimplemented: no";
    CHECK(tally.add(other, start));
    other.caller = "operator";
    CHECK(tally.add(other, start));
}

TEST_CASE("a kind that was silent for a whole minute is told at once again, one that goes on is not") {
    RefusalTally tally;
    CHECK(tally.add(knock, start));
    CHECK(!tally.add(knock, start + 30s));
    CHECK(tally.due(start + 60s).size() == 1);
    CHECK(!tally.add(knock, start + 70s));
    CHECK(tally.due(start + 120s).size() == 1);
    CHECK(tally.due(start + 180s).empty());
    CHECK(tally.add(knock, start + 190s));
}

TEST_CASE("whoever varies his knocking fills neither journal nor memory, and every knock is counted") {
    RefusalTally tally;
    std::uint64_t told = 0;
    std::uint64_t facts = 0;
    for (int minute = 0; minute < 10; ++minute) {
        const auto begin = start + minute * 60s;
        for (int number = 0; number < 1000; ++number)
            if (const auto report = tally.add(numbered(minute * 1000 + number), begin + 1s))
                told += report->count, ++facts;
        for (const RefusalReport& report : tally.due(begin + 61s))
            told += report.count, ++facts;
    }
    CHECK(told == 10 * 1000);
    CHECK(facts <= 10 * (RefusalTally::told_at_once_max + RefusalTally::summaries_max + 1));
}

TEST_CASE("a refused call becomes a fact with caller, method and reason, fit to be read") {
    std::vector<std::map<std::string, std::string>> told;
    Refusals refusals([&](core::FactKind kind, std::vector<core::FactField> fields) {
        CHECK(kind == core::FactKind::call_refused);
        told.push_back(by_name(fields));
    });
    platform::Peer peer{"192.0.2.7:1", platform::ClientCertificate{"x", {"noodstop:owner/acme"}, "5e1f"}};
    refusals.call_refused({platform::RpcRefusalKind::unknown,
                           peer,
                           "/evil\n\x1b[2J" + std::string(5000, 'x'),
                           {platform::RpcCode::unimplemented, "no procedure"}});
    REQUIRE(told.size() == 1);
    CHECK(told[0]["caller"] == "owner acme");
    CHECK(told[0]["method"].substr(0, 12) == "/evil??[2Jxx");
    CHECK(told[0]["method"].size() <= 200);
    CHECK(told[0]["reason"] == "unimplemented: no procedure");
    CHECK(told[0].count("count") == 0);
}

TEST_CASE("a bad certificate is told by the address of who showed it; noise of the network is not") {
    std::vector<std::map<std::string, std::string>> told;
    Refusals refusals([&](core::FactKind, std::vector<core::FactField> fields) { told.push_back(by_name(fields)); });
    using platform::tls::Refusal;
    for (const Refusal noise : {Refusal::connections, Refusal::connections_of_source, Refusal::handshakes_per_second,
                                Refusal::displaced, Refusal::no_tls, Refusal::too_late, Refusal::handshake})
        refusals.connection_refused({"192.0.2.7:40312", noise, "whatever"});
    CHECK(told.empty());
    refusals.connection_refused({"192.0.2.7:40312", Refusal::certificate, "it has expired"});
    refusals.connection_refused({"192.0.2.7:40313", Refusal::certificate, "it has expired"});
    REQUIRE(told.size() == 1);
    CHECK(told[0]["caller"] == "192.0.2.7");
    CHECK(told[0]["method"].empty());
    CHECK(told[0]["reason"] == "it has expired");
}
