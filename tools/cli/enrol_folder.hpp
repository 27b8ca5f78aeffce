// What the two halves of `noodstop enroll` share: where files lie, and how it speaks. For these two alone.
#pragma once

#include "tools/cli/enroll.hpp"

#include <string>

namespace noodstop::cli {

inline constexpr const char* usual_config = "/etc/noodstop/noodstop.toml";

struct KeyPlaces {
    std::string key;
    std::string request;
};

struct EnrolFolder {
    std::string path;

    std::string at(const char* name) const { return path + "/" + name; }
    KeyPlaces in_use() const { return {at("agent.key"), at("agent.csr")}; }
    KeyPlaces renewed() const { return {at("agent.new.key"), at("agent.new.csr")}; }
    std::string certificate() const { return at("agent.pem"); }
    std::string authorities() const { return at("ca.pem"); }
};

void tell_line(const std::string& line);
Exit refuse_enrolment(const std::string& problem);

}  // namespace noodstop::cli
