// A valid configuration as tables of keys and values, and edits of it that follow the schema: what bytes alone would
// hardly hit upon, e.g. a ceiling for a limit that another edit made one that counts.
#pragma once

#include "agent/config/schema.hpp"
#include "tests/fuzz/support.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace noodstop::fuzz {

struct Line {
    std::string key;
    std::string value;  // as TOML has it
};

struct Table {
    const config::Section* section = nullptr;
    std::string parent;  // "mandates", or "mandates.own" of a table of a list
    std::string name;    // "own", or "grants" of a table of a list
    std::vector<Line> lines;

    bool is_listed() const { return section->form == config::Form::listed; }
    std::string head() const { return parent + "." + name; }
};

enum class Extent {
    small,  // one zone and one of each list that matters: quick
    full,   // two zones, limits of all kinds that count, all lists of a mandate
};

class Document {
public:
    // With what makes edits of price lists or mandates mean something, and little else.
    static Document of_prices();
    static Document of_mandate(Extent extent);

    // One edit as the input says, most often in tables of `section` and the lists in them.
    void edit(Input& input, std::string_view section);

    std::string text() const;

private:
    void add_machine(const char* mode);
    void add_prices();
    void add_second_zone();
    void add_limits(Extent extent);
    void add_mandate(const char* scope);
    void add_lists(Extent extent);
    void add(const char* parent, const char* name, std::vector<Line> lines);
    Table& pick_table(Input& input, std::string_view section);
    void add_item(Input& input, const Table& owner);
    void edit_line(Input& input, Table& table);
    std::string any_value(Input& input, const config::Key& key) const;
    std::string any_text(Input& input, const config::Key& key) const;
    std::string any_reference(Input& input, std::string_view section) const;
    std::string any_list(Input& input, const config::Key& key) const;
    std::string copied_value(Input& input) const;

    std::vector<Table> tables_;
};

// The document after as many edits as the input has, at most edits_max.
inline constexpr std::size_t edits_max = 16;
std::string edited_document(Input& input, Document document, std::string_view section);

}  // namespace noodstop::fuzz
