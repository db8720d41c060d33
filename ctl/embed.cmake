# Writes FROM, a file of any octets, as a C++ header TO with a std::string_view called NAME:
# cmake -DFROM=schema.json -DTO=schema_json.h -DNAME=schema_json -P embed.cmake
# As single characters, because compilers bound the length of one string literal.
file(READ "${FROM}" hex HEX)
string(LENGTH "${hex}" digits)
math(EXPR octets "${digits} / 2")
string(REGEX REPLACE "(................................)" "\\1\n" lines "${hex}")
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "'\\\\x\\1'," characters "${lines}")
file(WRITE "${TO}" "// Made by the build from ${NAME}.
#pragma once

#include <string_view>

inline constexpr char ${NAME}_octets[] = {
${characters}};
inline constexpr std::string_view ${NAME}{${NAME}_octets, ${octets}};
")
