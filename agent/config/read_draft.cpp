#include "agent/config/read_draft.hpp"

#include "agent/config/nearest.hpp"
#include "agent/config/read_value.hpp"
#include "agent/config/toml_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace noodstop::config {
namespace {

void collect_standards(const Section& section, std::map<const Key*, Node>& standards) {
    for (const auto& key : section.keys) {
        if (key.table != nullptr)
            collect_standards(*key.table, standards);
        if (key.standard.empty())
            continue;
        const auto parsed = parse_toml("standard = " + key.standard);
        standards[&key] = std::get<Node>(parsed).members.front().value;
    }
}

// The default of a key as if it stood in the text. Each is parsed once.
const Node& standard_of(const Key& key) {
    static const std::map<const Key*, Node> standards = [] {
        std::map<const Key*, Node> made;
        for (const auto& section : schema())
            collect_standards(section, made);
        return made;
    }();
    return standards.at(&key);
}

std::string shape_of(const Section& section) {
    if (section.form == Form::single)
        return fmt::format("[{}]", section.name);
    return fmt::format("[{}.NAME]", section.name);
}

std::vector<std::string> key_names(const Section& section) {
    std::vector<std::string> names;
    for (const auto& key : section.keys)
        names.push_back(key.name);
    return names;
}

// A name as part of a key in a message: never with control characters, never endless.
std::string key_part(const std::string& name) {
    return is_name(name) ? name : in_quotes(name);
}

class Reader {
public:
    Reader(const OpenDocument& open, Report& report) : open_(open), report_(report) {}

    Draft read(const Document& document) {
        file_ = document.file;
        for (const auto& member : document.root.members)
            read_section(member);
        for (const auto& section : schema())
            add_what_is_there_unwritten(section);
        return std::move(draft_);
    }

private:
    Spot at(int line) const { return {file_, line}; }

    void read_section(const Member& member) {
        const auto* section = find_section(member.name);
        if (section == nullptr)
            return unknown_section(member);
        if (member.value.kind != NodeKind::table) {
            draft_.unclear.insert(section->name);
            return report_.mistake(
                at(member.line),
                {member.name, fmt::format("is {}, not a section.", describe(member.value.kind)),
                 fmt::format("Write {} on a line of its own and its keys below.", shape_of(*section))});
        }
        if (section->form == Form::single)
            draft_.sections[section->name].push_back(read_entry(*section, section->name, section->name, member));
        else
            read_named(*section, member);
    }

    void unknown_section(const Member& member) {
        std::vector<std::string> known;
        for (const auto& section : schema())
            known.push_back(section.name);
        draft_.unclear.insert(nearest_name(member.name, known));
        report_.mistake(at(member.line),
                        {key_part(member.name), fmt::format("{} is not a section.", in_quotes(member.name)),
                         did_you_mean(member.name, known, "sections")});
    }

    void read_named(const Section& section, const Member& table) {
        auto& entries = draft_.sections[section.name];
        for (const auto& member : table.value.members) {
            const auto path = section.name + "." + key_part(member.name);
            if (entries.size() >= sections_max)
                return report_.mistake(
                    at(member.line),
                    {section.name, fmt::format("has more than {} tables.", sections_max), "Leave some out."});
            if (member.value.kind != NodeKind::table) {
                draft_.unclear.insert(section.name);
                report_.mistake(at(member.line), {path, fmt::format("is {}, not a table.", describe(member.value.kind)),
                                                  fmt::format("Give it a name of its own: {}.", shape_of(section))});
                continue;
            }
            check_name(member, path);
            entries.push_back(read_entry(section, member.name, path, member));
        }
    }

    void check_name(const Member& member, const std::string& path) {
        if (!is_name(member.name))
            report_.mistake(at(member.line),
                            {path, fmt::format("{} is not a name.", in_quotes(member.name)),
                             fmt::format("Write at most {} letters, digits, \".\", \"_\" and \"-\", beginning with a "
                                         "letter or digit.",
                                         name_length_max)});
    }

    Entry read_entry(const Section& section, const std::string& name, const std::string& path, const Member& member) {
        const auto file_key = std::find_if(member.value.members.begin(), member.value.members.end(),
                                           [](const Member& key) { return key.name == "file"; });
        if (section.name == "mandates" && file_key != member.value.members.end())
            return read_mandate_file(section, name, path, member, *file_key);
        return read_table(section, name, path, member);
    }

    Entry read_table(const Section& section, const std::string& name, const std::string& path, const Member& member) {
        Entry entry(section, name, path, at(member.line));
        for (const auto& key : member.value.members)
            read_key(entry, key);
        fill_in(entry);
        return entry;
    }

    // All keys of the mandate are in a file of its own; the table here only names it.
    Entry read_mandate_file(const Section& section, const std::string& name, const std::string& path,
                            const Member& member, const Member& file_key) {
        Entry broken(section, name, path, at(member.line));
        broken.mark_unsound();
        for (const auto& other : member.value.members) {
            if (other.name != "file")
                report_.mistake(at(other.line), {path + "." + key_part(other.name), "stands beside `file`.",
                                                 "Move it into the mandate's file, or leave `file` out."});
        }
        if (file_key.value.kind != NodeKind::text || file_key.value.text.empty()) {
            report_.mistake(at(file_key.line), {path + ".file", fmt::format("is {}.", describe(file_key.value.kind)),
                                                "Write a path in quotes, relative to this file."});
            return broken;
        }
        auto document = open_(file_key.value.text, at(file_key.line), path + ".file");
        if (!document)
            return broken;
        const auto outer = std::exchange(file_, document->file);
        Entry entry = read_table(section, name, path, Member{name, 1, std::move(document->root)});
        file_ = outer;
        return entry;
    }

    void read_key(Entry& entry, const Member& member) {
        const auto* key = find_key(entry.section(), member.name);
        const bool nested_file = member.name == "file" && entry.section().name == "mandates";
        if (key == nullptr || nested_file)
            return unknown_key(entry, member);
        if (key->type == Type::tables)
            return read_tables(entry, *key, member.value, member.line);
        auto read = read_value(*key, member.value, file_);
        if (auto* value = std::get_if<Value>(&read)) {
            value->given = true;
            value->spot = at(member.line);
            return entry.set(key->name, std::move(*value));
        }
        for (auto& fault : std::get<std::vector<Misplaced>>(read))
            report_.mistake(at(fault.line), {entry.path_of(key->name) + fault.key, std::move(fault.misread.problem),
                                             std::move(fault.misread.cure)});
        entry.set_not_understood(key->name, at(member.line));
    }

    void unknown_key(Entry& entry, const Member& member) {
        const auto known = key_names(entry.section());
        report_.mistake(at(member.line), {entry.path_of(key_part(member.name)),
                                          fmt::format("{} is not a key of this section.", in_quotes(member.name)),
                                          did_you_mean(member.name, known, "keys")});
        entry.mark_unsound();
    }

    void read_tables(Entry& entry, const Key& key, const Node& node, int line) {
        const auto path = entry.path_of(key.name);
        if (node.kind != NodeKind::array || node.items.size() > list_items_max) {
            const auto problem = node.kind == NodeKind::array
                                     ? fmt::format("has {} items.", node.items.size())
                                     : fmt::format("is {}, not a list of tables.", describe(node.kind));
            report_.mistake(at(line), {path, problem,
                                       fmt::format("Write [[{}]], or a list of at most {} tables in braces.", path,
                                                   list_items_max)});
            return entry.set_not_understood(key.name, at(line));
        }
        Value value;
        value.given = true;
        value.spot = at(line);
        for (std::size_t i = 0; i < node.items.size(); ++i) {
            const auto& item = node.items[i];
            const auto item_path = fmt::format("{}[{}]", path, i + 1);
            if (item.kind == NodeKind::table) {
                value.tables.push_back(read_table(*key.table, key.name, item_path, Member{key.name, item.line, item}));
                if (!value.tables.back().sound())
                    entry.mark_unsound();
                continue;
            }
            report_.mistake(at(item.line), {item_path, fmt::format("is {}, not a table.", describe(item.kind)),
                                            "Write each item in braces: { key = value }."});
            entry.mark_unsound();
        }
        entry.set(key.name, std::move(value));
    }

    void fill_in(Entry& entry) {
        const auto& section = entry.section();
        const auto* kind_key = section.kind_key.empty() ? nullptr : find_key(section, section.kind_key);
        if (kind_key != nullptr)
            fill_in_key(entry, *kind_key);
        const bool kind_known = kind_key == nullptr || entry.has(section.kind_key);
        for (const auto& key : section.keys) {
            if (&key == kind_key || key.name == "file")
                continue;
            if (key.only_for.empty())
                fill_in_key(entry, key);
            else if (kind_known)
                fill_in_key_of_kind(entry, key);
        }
    }

    void fill_in_key_of_kind(Entry& entry, const Key& key) {
        const auto& kind_key = entry.section().kind_key;
        const auto kind = entry.text(kind_key);
        if (applies_to(key, kind))
            return fill_in_key(entry, key);
        if (!entry.mentions(key.name))
            return;
        report_.mistake(
            entry.spot_of(key.name),
            {entry.path_of(key.name), fmt::format("means nothing where {} = {}.", kind_key, in_quotes(kind)),
             fmt::format("Leave it out, or write another {}.", kind_key)});
        entry.mark_unsound();
    }

    void fill_in_key(Entry& entry, const Key& key) {
        if (entry.mentions(key.name))
            return;
        if (!key.standard.empty())
            return set_standard(entry, key);
        if (!key.required)
            return;
        report_.mistake(entry.spot(), {entry.path_of(key.name), "is missing.",
                                       fmt::format("Add {} = {}. {}", key.name, how_to_write(key), key.meaning)});
        entry.mark_unsound();
    }

    void set_standard(Entry& entry, const Key& key) {
        const auto& node = standard_of(key);
        if (key.type != Type::tables)
            return entry.set(key.name, std::get<Value>(read_value(key, node, file_)));
        Value value;
        value.spot = entry.spot();
        for (const auto& item : node.items)
            value.tables.push_back(
                read_table(*key.table, key.name, entry.path_of(key.name), Member{key.name, entry.spot().line, item}));
        entry.set(key.name, std::move(value));
    }

    void add_what_is_there_unwritten(const Section& section) {
        const Member nothing{section.name, 0, Node{}};
        if (section.form == Form::single && !section.optional && draft_.all(section.name).empty())
            draft_.sections[section.name].push_back(read_table(section, section.name, section.name, nothing));
        const std::string runbook(default_runbook);
        if (section.name == "actions" && draft_.find(section.name, runbook) == nullptr)
            draft_.sections[section.name].push_back(
                read_table(section, runbook, section.name + "." + runbook, nothing));
    }

    const OpenDocument& open_;
    Report& report_;
    Draft draft_;
    std::size_t file_ = 0;
};

}  // namespace

Draft read_draft(const Document& document, const OpenDocument& open, Report& report) {
    return Reader(open, report).read(document);
}

}  // namespace noodstop::config
