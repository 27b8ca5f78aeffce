// Text from outside, such as names that an attacker chose: the wire takes only valid UTF-8, a terminal only what it
// can't take for a command.
#pragma once

#include <string>
#include <string_view>

namespace noodstop::codec {

// Valid UTF-8 without control characters.
bool is_plain_text(std::string_view text);

// The text, with \xNN in place of each byte that is not of a UTF-8 character.
std::string valid_text(const std::string& text);

// The same, with \xNN in place of control characters too.
std::string printable_text(const std::string& text);

// The same, line by line: ends of lines stay, and the last line gets one.
std::string printable_lines(const std::string& text);

// The text, cut after its last whole character where it is longer than that.
std::string shortened_text(const std::string& text, std::size_t size_max);

std::size_t count_characters(std::string_view text);

}  // namespace noodstop::codec
