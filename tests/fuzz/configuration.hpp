// The claims about any text that is given as configuration; shared by the targets that make such texts.
#pragma once

#include <string>

namespace noodstop::fuzz {

// Reads the text as a configuration file. Accepted: it keeps what is promised of policies, survives being written out
// and read again, and being archived. Refused: each mistake names the file, a line of it, a problem and a cure, in text
// that no terminal takes for commands.
void read_configuration(const std::string& text);

}  // namespace noodstop::fuzz
