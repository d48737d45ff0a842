/* First line of every HMAC text of the protocol (license-api-v4.md 3.1). */
#ifndef LICET_KEYS_WIRE_PREFIX_H
#define LICET_KEYS_WIRE_PREFIX_H

static const unsigned char wire_prefix[13] = { 0x6c, 0x69, 0x63, 0x65, 0x6e, 0x73, 0x65,
	0x53, 0x70, 0x72, 0x69, 0x6e, 0x67 };

#endif
