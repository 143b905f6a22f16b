#include "formats/number_shortest.h"

#include <charconv>
#include <system_error>

size_t
number_shortest_write(char out[NUMBER_SHORTEST_BYTES], double value)
{
	std::to_chars_result result = std::to_chars(out,
	    out + NUMBER_SHORTEST_BYTES, value, std::chars_format::scientific);

	return static_cast<size_t>(result.ptr - out);
}

NumberShortest
number_shortest_read(const char *text, size_t size, double *value)
{
	double read = 0;
	std::from_chars_result result =
	    std::from_chars(text, text + size, read);

	if (result.ec == std::errc::invalid_argument ||
	    result.ptr != text + size)
		return NUMBER_SHORTEST_BAD;
	if (result.ec != std::errc())
		return NUMBER_SHORTEST_RANGE;
	*value = read;
	return NUMBER_SHORTEST_GOOD;
}
