#include "agent/doors/exporters/push_format.hpp"

#include "proto/codec/text.hpp"

namespace noodstop::exporters {
namespace {

constexpr std::size_t line_size_max = 200;

}  // namespace

Verdict verdict_on_refusal(unsigned status) {
    return status == 413 ? Verdict::too_large : Verdict::set_aside;
}

std::string one_line(std::string_view text) {
    text = text.substr(0, line_size_max);
    text = text.substr(0, text.find_first_of("\r\n"));
    return codec::printable_text(std::string(text));
}

}  // namespace noodstop::exporters
