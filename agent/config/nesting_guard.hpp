// Refuses keys of very many parts ("a.a.a. ...") before the TOML library sees them: it would build one table in the
// other and, for some hundred thousand, overflow the stack when it frees them. (Brackets it limits by itself.)
#pragma once

#include <string_view>

namespace noodstop::config {

inline constexpr int key_parts_max = 16;

// The 1-based line of the first such key; 0 if there is none.
int line_nested_too_deeply(std::string_view text);

}  // namespace noodstop::config
