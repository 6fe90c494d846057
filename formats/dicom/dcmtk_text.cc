/* dcmtk_text.cc - values as text, and text as UTF-8. */
#include "dcmtk_inside.hpp"

#include <dcmtk/dcmdata/dcspchrs.h>

#include <iconv.h>

#include <cstdio>
#include <cstdlib>

OFString dcmtk_plain(DcmElement *element)
{
	OFString value;

	/* no attribute of ours is this long; as text, a binary value would be three times as long */
	if (!element || element->getLength() > 65536)
		return OFString();
	if (element->getOFStringArray(value).bad())
		return OFString();
	while (!value.empty() && (value.back() == ' ' || value.back() == '\0'))
		value.erase(value.length() - 1);
	while (!value.empty() && value[0] == ' ')
		value.erase(0, 1);
	return value;
}

/* The value of an attribute as text; numbers so that they read back the same. */
OFString dcmtk_line(DcmElement *element)
{
	OFString all;
	Float64 d;

	if (!element)
		return OFString();
	bool single = element->ident() == EVR_FL;
	Float32 f;

	if (element->ident() != EVR_FD && !single)
		return dcmtk_plain(element);
	for (unsigned long i = 0; i < 16 && (single ? element->getFloat32(f, i) : element->getFloat64(d, i)).good(); i++) {
		char buf[32];

		for (int digits = 6; digits <= 17; digits++) {
			snprintf(buf, sizeof buf, "%.*g", digits, single ? static_cast<double>(f) : d);
			if (single ? strtof(buf, nullptr) == f : strtod(buf, nullptr) == d)
				break;
		}
		if (i)
			all += "\\";
		all += buf;
	}
	return all;
}

DcmElement *dcmtk_element(DcmItem *item, const DcmTagKey &tag)
{
	DcmElement *element = nullptr;

	return item->findAndGetElement(tag, element).good() ? element : nullptr;
}

OFString dcmtk_plain(DcmItem *item, const DcmTagKey &tag)
{
	return dcmtk_plain(dcmtk_element(item, tag));
}

OFString dcmtk_line(DcmItem *item, const DcmTagKey &tag)
{
	return dcmtk_line(dcmtk_element(item, tag));
}

namespace {

/* The whole value through the C library's converter; empty when that cannot. */
std::string through_iconv(const char *from, const std::string &value)
{
	iconv_t converter = iconv_open("UTF-8", from);
	std::string out(value.length() * 4 + 16, '\0');
	char *in = const_cast<char *>(value.data()), *to = &out[0];
	size_t left = value.length(), room = out.length();

	if (converter == reinterpret_cast<iconv_t>(-1))
		return std::string();
	bool good = iconv(converter, &in, &left, &to, &room) != static_cast<size_t>(-1);

	iconv_close(converter);
	out.resize(good ? out.length() - room : 0);
	return out;
}

/* Code extensions (ISO 2022), which DCMTK leaves to libiconv and many builds therefore lack. The
 * Japanese ones are ISO-2022-JP-2's own; Korean and Chinese switch the upper half once, by an escape
 * that the converters of that half do not know (PS3.3, C.12.1.1.2). */
std::string extended(std::string value)
{
	static const struct {
		const char *escape, *from;
	} halves[] = {{"\033$)C", "EUC-KR"}, {"\033$)A", "GB2312"}};

	for (const auto &half : halves) {
		size_t at = value.find(half.escape);

		if (at == std::string::npos)
			continue;
		for (; at != std::string::npos; at = value.find(half.escape))
			value.erase(at, 4);
		return through_iconv(half.from, value);
	}
	return value.find('\033') == std::string::npos ? std::string() : through_iconv("ISO-2022-JP-2", value);
}

} /* namespace */

std::string dcmtk_to_utf8(DcmItem *item, const OFString &value)
{
	bool ascii = true;
	OFString out;
	DcmSpecificCharacterSet charset;

	for (size_t i = 0; i < value.length(); i++)
		ascii = ascii && value[i] >= ' ' && value[i] < 0x7f;
	if (ascii)
		return value.c_str();
	if (charset.selectCharacterSet(*item).good() && charset.convertString(value, out).good())
		return out.c_str();

	std::string by_escapes = extended(std::string(value.c_str(), value.length()));

	if (!by_escapes.empty())
		return by_escapes;
	out = value;
	for (size_t i = 0; i < out.length(); i++)
		if (out[i] < ' ' || out[i] >= 0x7f)
			out[i] = '?';
	return out.c_str();
}
