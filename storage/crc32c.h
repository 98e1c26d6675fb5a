// CRC-32C (Castagnoli): tells accidental damage, not forgery.
#pragma once

#include <cstdint>
#include <string_view>

namespace vigie::storage {

// Of "123456789" it is 0xe3069283 (RFC 3720, appendix B.4).
std::uint32_t Crc32c(std::string_view bytes);
// The same on every machine, where the processor has no instruction for it.
std::uint32_t Crc32cByTables(std::string_view bytes);

}  // namespace vigie::storage
