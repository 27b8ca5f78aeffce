// Latch files, the fields of facts, and names of databases set aside, as bytes. A latch is what keeps a tripped zone
// tripped when all else is lost: what is not exactly the text of a latch must be taken for damage, whatever the damage
// is.
#include "agent/journal/aside_name.hpp"
#include "agent/journal/checksum.hpp"
#include "agent/journal/fact_codec.hpp"
#include "agent/journal/latch_codec.hpp"
#include "tests/fuzz/support.hpp"

using namespace noodstop;
using fuzz::claim;

namespace {

void read_any(const std::string& text) {
    const auto latch = journal::decode_latch(text);
    if (!latch)
        return;
    claim(text.size() <= journal::latch_bytes_max, "no latch is longer than its largest size");
    claim(journal::encode_latch(*latch) == text, "there is one text for a latch");
    claim(latch->survivors.size() <= journal::survivors_max, "survivors are bounded");
}

core::Latch any_latch(fuzz::Input& input) {
    core::Latch latch;
    latch.zone.text = input.text();
    latch.version = static_cast<std::uint64_t>(input.number());
    latch.tripped = input.yes();
    latch.latched = input.yes();
    latch.since.since_epoch = core::Duration(input.number());
    latch.reason = input.text();
    for (std::size_t count = input.below(6); count > 0; --count) {
        core::ProviderName provider{std::string(input.text(20))};
        latch.survivors.emplace_back(std::move(provider), core::ResourceId{std::string(input.text(40))});
    }
    return latch;
}

void write_and_damage(fuzz::Input& input) {
    const core::Latch latch = any_latch(input);
    const std::string text = journal::encode_latch(latch);
    claim(journal::decode_latch(text) == latch, "a latch survives its file");
    std::string damaged = text;
    const std::size_t at = input.below(damaged.size());
    damaged[at] = static_cast<char>(damaged[at] ^ static_cast<char>(1 + input.below(255)));
    claim(!journal::decode_latch(damaged), "a latch with one wrong byte is damaged");
    claim(!journal::decode_latch(text.substr(0, at)), "a latch that is cut off is damaged");
    claim(!journal::decode_latch(text + static_cast<char>(input.byte())), "a latch with more behind it is damaged");
}

void name_a_file(std::string_view bytes) {
    const core::ZoneName zone{std::string(bytes)};
    const std::string name = journal::latch_file_name(zone);
    claim(name.find('/') == std::string::npos && !name.starts_with('.') == !zone.empty(),
          "no zone's name leads out of the folder");
    const auto read = journal::zone_of_file_name(name);
    claim(zone.empty() ? !read : read == zone, "a zone is known by its file's name");
    (void)journal::zone_of_file_name(bytes);
}

void name_a_database(fuzz::Input& input) {
    constexpr std::int64_t end_of_9999 = 253'402'300'800;
    const std::int64_t seconds = input.number() & INT64_MAX;
    const journal::AsideName name{input.yes() ? journal::Why::corrupt : journal::Why::failed,
                                  static_cast<std::uint64_t>(input.number()), seconds % end_of_9999};
    const auto read = journal::parse_aside_name("db", journal::to_file_name("db", name));
    claim(read && read->why == name.why && read->ordinal == name.ordinal && read->wall_seconds == name.wall_seconds,
          "a database set aside is known by its name");
    (void)journal::parse_aside_name("db", "db.failed-" + std::string(input.rest()));
}

void read_fields(std::string_view bytes) {
    const auto fields = journal::decode_fields(bytes);
    if (fields)
        claim(journal::encode_fields(*fields) == bytes, "there is one text for the fields of a fact");
}

void write_fields(fuzz::Input& input) {
    std::vector<core::FactField> fields;
    for (std::size_t count = input.below(8); count > 0; --count) {
        std::string name(input.text(30));
        fields.push_back({std::move(name), std::string(input.text())});
    }
    const std::string bytes = journal::encode_fields(fields);
    claim(journal::decode_fields(bytes) == fields, "fields survive their row");
    const auto cut = journal::decode_fields(std::string_view(bytes).substr(0, input.below(bytes.size() + 1)));
    claim(!cut || cut->size() <= fields.size(), "a cut adds no field");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Input input(data, size);
    switch (input.below(7)) {
        case 0:
            read_any(std::string(input.rest()));
            break;
        case 1:
            read_any(journal::with_checksum_line(std::string(input.rest())));
            break;
        case 2:
            write_and_damage(input);
            break;
        case 3:
            name_a_file(input.rest());
            break;
        case 4:
            read_fields(input.rest());
            break;
        case 5:
            name_a_database(input);
            break;
        default:
            write_fields(input);
    }
    return 0;
}
