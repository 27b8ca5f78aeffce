#include "platform/rpc/descriptor_index.hpp"

#include "platform/rpc/proto_wire.hpp"

namespace noodstop::platform {
namespace {

// Field numbers of google/protobuf/descriptor.proto.
constexpr std::uint32_t set_file = 1;
constexpr std::uint32_t any_name = 1;
constexpr std::uint32_t file_package = 2, file_import = 3, file_message = 4, file_enum = 5, file_service = 6,
                        file_extension = 7;
constexpr std::uint32_t message_field = 2, message_message = 3, message_enum = 4, message_extension = 6,
                        message_oneof = 8;
constexpr std::uint32_t enum_value = 2;
constexpr std::uint32_t service_method = 2;
constexpr std::uint32_t field_extended = 2, field_number = 3;

constexpr std::size_t depth_max = 32;  // of messages within messages; deeper ones are not found

// The text of that number; where it comes does not matter.
std::string text_in(std::string_view bytes, std::uint32_t number) {
    std::string text;
    ProtoReader reader(bytes);
    while (const auto field = reader.next())
        if (field->number == number && field->is_bytes)
            text = field->bytes;
    return text;
}

std::string without_dot(const std::string& name) {
    return name.substr(0, 1) == "." ? name.substr(1) : name;
}

std::size_t depth_of(std::string_view scope) {
    std::size_t depth = 0;
    for (const char letter : scope)
        depth += letter == '.' ? 1 : 0;
    return depth;
}

}  // namespace

std::string DescriptorIndex::Place::member(std::string_view name) const {
    return scope.empty() ? std::string(name) : scope + "." + std::string(name);
}

DescriptorIndex::DescriptorIndex(std::string_view descriptor_set) {
    ProtoReader reader(descriptor_set);
    while (const auto field = reader.next())
        if (field->number == set_file && field->is_bytes)
            add_file(field->bytes);
}

void DescriptorIndex::add_file(std::string_view bytes) {
    const Place place{text_in(bytes, file_package), text_in(bytes, any_name)};
    File file{bytes, {}};
    ProtoReader reader(bytes);
    while (const auto field = reader.next()) {
        if (!field->is_bytes)
            continue;
        if (field->number == file_import)
            file.imports.emplace_back(field->bytes);
        else if (field->number == file_message)
            add_message(field->bytes, place);
        else if (field->number == file_enum)
            add_enum(field->bytes, place);
        else if (field->number == file_service)
            add_service(field->bytes, place);
        else if (field->number == file_extension)
            add_extension(field->bytes, place);
    }
    files_.emplace(place.file, std::move(file));
}

void DescriptorIndex::add_message(std::string_view bytes, const Place& place) {
    const Place inside{place.member(text_in(bytes, any_name)), place.file};
    symbols_.emplace(inside.scope, place.file);
    messages_.insert(inside.scope);
    if (depth_of(inside.scope) > depth_max)
        return;
    ProtoReader reader(bytes);
    while (const auto field = reader.next()) {
        if (!field->is_bytes)
            continue;
        if (field->number == message_field || field->number == message_oneof)
            add_named(field->bytes, inside);
        else if (field->number == message_message)
            add_message(field->bytes, inside);
        else if (field->number == message_enum)
            add_enum(field->bytes, inside);
        else if (field->number == message_extension)
            add_extension(field->bytes, inside);
    }
}

// The values of an enum stand beside it, not in it.
void DescriptorIndex::add_enum(std::string_view bytes, const Place& place) {
    add_named(bytes, place);
    ProtoReader reader(bytes);
    while (const auto field = reader.next())
        if (field->number == enum_value && field->is_bytes)
            add_named(field->bytes, place);
}

void DescriptorIndex::add_service(std::string_view bytes, const Place& place) {
    const Place inside{place.member(text_in(bytes, any_name)), place.file};
    symbols_.emplace(inside.scope, place.file);
    ProtoReader reader(bytes);
    while (const auto field = reader.next())
        if (field->number == service_method && field->is_bytes)
            add_named(field->bytes, inside);
}

void DescriptorIndex::add_named(std::string_view bytes, const Place& place) {
    symbols_.emplace(place.member(text_in(bytes, any_name)), place.file);
}

void DescriptorIndex::add_extension(std::string_view bytes, const Place& place) {
    add_named(bytes, place);
    std::uint64_t number = 0;
    ProtoReader reader(bytes);
    while (const auto field = reader.next())
        if (field->number == field_number && !field->is_bytes)
            number = field->value;
    extensions_.emplace(std::pair(without_dot(text_in(bytes, field_extended)), static_cast<std::uint32_t>(number)),
                        place.file);
}

DescriptorIndex::Files DescriptorIndex::by_name(const std::string& file) const {
    return with_imports(file);
}

DescriptorIndex::Files DescriptorIndex::by_symbol(const std::string& symbol) const {
    const auto found = symbols_.find(symbol);
    return found == symbols_.end() ? Files{} : with_imports(found->second);
}

DescriptorIndex::Files DescriptorIndex::by_extension(const std::string& type, std::uint32_t number) const {
    const auto found = extensions_.find({type, number});
    return found == extensions_.end() ? Files{} : with_imports(found->second);
}

bool DescriptorIndex::has_message(const std::string& type) const {
    return messages_.count(type) > 0;
}

std::vector<std::uint32_t> DescriptorIndex::extension_numbers_of(const std::string& type) const {
    std::vector<std::uint32_t> numbers;
    for (const auto& [extension, file] : extensions_)
        if (extension.first == type)
            numbers.push_back(extension.second);
    return numbers;
}

DescriptorIndex::Files DescriptorIndex::with_imports(const std::string& file) const {
    Files result;
    std::set<std::string> seen{file};
    std::vector<std::string> waiting{file};
    while (!waiting.empty()) {
        const auto found = files_.find(waiting.back());
        waiting.pop_back();
        if (found == files_.end())
            continue;
        result.push_back(found->second.bytes);
        for (const std::string& import : found->second.imports)
            if (seen.insert(import).second)
                waiting.push_back(import);
    }
    return result;
}

}  // namespace noodstop::platform
