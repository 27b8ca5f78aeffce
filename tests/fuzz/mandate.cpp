// Mandates: a valid configuration whose mandate, and now and then another table, is edited along the schema.
#include "tests/fuzz/configuration.hpp"
#include "tests/fuzz/document.hpp"

using namespace noodstop;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Input input(data, size);
    static const auto full = fuzz::Document::of_mandate(fuzz::Extent::full);
    static const auto small = fuzz::Document::of_mandate(fuzz::Extent::small);
    const auto& document = input.below(4) == 0 ? full : small;
    fuzz::read_configuration(fuzz::edited_document(input, document, "mandates"));
    return 0;
}
