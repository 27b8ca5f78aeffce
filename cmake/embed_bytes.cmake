# Writes a C++ source with the bytes of a file: cmake -D INPUT=... -D OUTPUT=... -D HEADER=... -D FUNCTION=... -P this
file(READ "${INPUT}" bytes HEX)
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
string(REGEX REPLACE "(................................................................................)" "\\1\n"
    bytes "${bytes}")
file(WRITE "${OUTPUT}" "#include \"${HEADER}\"

namespace {

constexpr unsigned char bytes[] = {
${bytes}};

}  // namespace

std::string_view ${FUNCTION}() {
    return {reinterpret_cast<const char*>(bytes), sizeof bytes};
}
")
