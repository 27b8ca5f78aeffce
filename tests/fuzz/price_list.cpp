// Price lists, which stand in the configuration: a valid one whose prices are edited along the schema.
#include "tests/fuzz/configuration.hpp"
#include "tests/fuzz/document.hpp"

using namespace noodstop;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Input input(data, size);
    static const auto document = fuzz::Document::of_prices();
    fuzz::read_configuration(fuzz::edited_document(input, document, "price_lists"));
    return 0;
}
