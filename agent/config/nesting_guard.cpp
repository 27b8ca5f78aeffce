#include "agent/config/nesting_guard.hpp"

#include <cstddef>

namespace noodstop::config {
namespace {

// Walks the text as TOML reads it, so far that texts and comments are not taken for keys.
class Scanner {
public:
    explicit Scanner(std::string_view text) : text_(text) {}

    int run() {
        while (at_ < text_.size()) {
            const char c = text_[at_];
            if (c == '#')
                skip_comment();
            else if (c == '"' || c == '\'')
                skip_quoted(c);
            else
                count(c);
            if (dots_ >= key_parts_max)
                return line_;
        }
        return 0;
    }

private:
    void count(char c) {
        ++at_;
        if (c == '.')
            ++dots_;
        else if (c == '\n' || c == '=' || c == ',' || c == '[' || c == '{')
            dots_ = 0;
        if (c == '\n')
            ++line_;
    }

    void skip_comment() {
        while (at_ < text_.size() && text_[at_] != '\n')
            ++at_;
    }

    void skip_quoted(char quote) {
        const char triple[] = {quote, quote, quote, '\0'};
        const bool many_lines = text_.substr(at_).starts_with(triple);
        at_ += many_lines ? 3 : 1;
        while (at_ < text_.size()) {
            const char c = text_[at_];
            if (!many_lines && c == '\n')
                return;  // not closed: the library will say so
            if (many_lines ? text_.substr(at_).starts_with(triple) : c == quote)
                return close(quote, many_lines);
            if (c == '\n')
                ++line_;
            at_ += (c == '\\' && quote == '"') ? 2 : 1;
        }
    }

    // A text of many lines may end in up to two quotes of its own before the closing three.
    void close(char quote, bool many_lines) {
        at_ += many_lines ? 3 : 1;
        for (int extra = 0; many_lines && extra < 2 && at_ < text_.size() && text_[at_] == quote; ++extra)
            ++at_;
    }

    std::string_view text_;
    std::size_t at_ = 0;
    int line_ = 1;
    int dots_ = 0;
};

}  // namespace

int line_nested_too_deeply(std::string_view text) {
    return Scanner(text).run();
}

}  // namespace noodstop::config
