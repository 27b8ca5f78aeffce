// Boost.JSON is compiled here, once for every program: Debian has it as headers only. Use it by <boost/json.hpp>.
#include <boost/json/src.hpp>
