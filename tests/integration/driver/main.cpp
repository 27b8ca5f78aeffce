// usage: exporter_driver remote_write|otlp_metrics|otlp_logs TARGET SEED SAMPLES END_MICROS MOST_MICROS [BATCH]
//        exporter_driver page ACCEPT SEED SAMPLES END_MICROS MOST_MICROS
//        exporter_driver alertmanager|webhook TARGET
#include "tests/integration/driver/alerting.hpp"
#include "tests/integration/driver/exports.hpp"

#include <iostream>
#include <string>

namespace noodstop::driver {

void Conversation::run() {
    for (std::string line; std::getline(std::cin, line);)
        std::cout << json::serialize(answer(json::parse(line).as_object())) << std::endl;
}

namespace {

LedgerOptions ledger_options(const std::vector<std::string>& words) {
    LedgerOptions options;
    options.seed = std::stoull(words.at(2));
    options.samples = std::stoull(words.at(3));
    options.end = {core::Duration(std::stoll(words.at(4)))};
    options.most = {std::stoll(words.at(5))};
    if (words.size() > 6)
        options.samples_per_batch = std::stoull(words.at(6));
    return options;
}

void run(const std::vector<std::string>& words) {
    const std::string& what = words.at(0);
    if (what == "page")
        std::cout << page(words.at(1), ledger_options(words));
    else if (what == "alertmanager" || what == "webhook")
        Alerting(what, words.at(1)).run();
    else
        Exports(what, ledger_options(words), words.at(1)).run();
}

}  // namespace
}  // namespace noodstop::driver

int main(int count, char** arguments) {
    try {
        noodstop::driver::run({arguments + 1, arguments + count});
    } catch (const std::exception& problem) {
        std::cerr << "exporter_driver: " << problem.what() << "\n";
        return 2;
    }
    return 0;
}
