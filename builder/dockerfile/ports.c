/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/dockerfile/ports.h"

#include <arpa/inet.h>

#include "libcommon/number.h"
#include "libcommon/text.h"

struct range {
	uint64_t first, last;
};

static int
read_range(struct range *range, const char *text, struct arena *arena, struct error *err)
{
	struct text_list ends = text_split(arena, text, '-');

	if (ends.count > 2)
		return fail(err, "\"%s\" is not a port or a range of ports", text);
	TRY(number_unsigned(&range->first, ends.items[0], 65535, err));
	TRY(number_unsigned(&range->last, ends.items[ends.count - 1], 65535, err));
	if (range->last < range->first)
		return fail(err, "\"%s\" ends before it begins", text);
	return 0;
}

static int
check_address(const char *address, struct arena *arena, struct error *err)
{
	size_t n = strlen(address);
	unsigned char unused[sizeof(struct in6_addr)];
	bool brackets = n > 2 && address[0] == '[' && address[n - 1] == ']';
	const char *bare = brackets ? arena_copy(arena, address + 1, n - 2) : address;

	if (inet_pton(AF_INET6, bare, unused) == 1 ||
	    (!brackets && inet_pton(AF_INET, bare, unused) == 1))
		return 0;
	return fail(err, "\"%s\" is not an address", address);
}

/* What the image does not keep: "address:host port:" before the port. */
static int
check_host(const char *host, const struct range *ports, struct arena *arena, struct error *err)
{
	const char *colon = strrchr(host, ':'), *port = colon != NULL ? colon + 1 : host;
	struct range range;

	if (colon != NULL && colon != host)
		TRY(check_address(arena_copy(arena, host, (size_t) (colon - host)), arena, err));
	if (port[0] == '\0')
		return 0;
	TRY(read_range(&range, port, arena, err));
	if (ports->first != ports->last && range.last - range.first != ports->last - ports->first)
		return fail(err, "\"%s\" on the host is not as long as the range of ports", port);
	return 0;
}

static int
read_protocol(const char **protocol, const char *slash, struct arena *arena, struct error *err)
{
	static const char *const known[] = { "tcp", "udp", "sctp" };

	*protocol = slash == NULL || slash[1] == '\0' ? "tcp" : text_lower(arena, slash + 1);
	for (size_t i = 0; i < COUNT(known); i++)
		if (strcmp(*protocol, known[i]) == 0)
			return 0;
	return fail(err, "protocol \"%s\" is not tcp, udp or sctp", slash + 1);
}

static int
read_port(struct text_list *out, struct ports_notes *notes, const char *text, struct arena *arena,
	  struct error *err)
{
	const char *colon = strrchr(text, ':'), *port = colon != NULL ? colon + 1 : text;
	const char *slash = strchr(port, '/'), *protocol = NULL;
	struct range range;

	TRY(read_protocol(&protocol, slash, arena, err));
	const char *numbers =
		slash != NULL ? arena_copy(arena, port, (size_t) (slash - port)) : port;
	TRY(read_range(&range, numbers, arena, err));
	if (colon != NULL)
		TRY(check_host(arena_copy(arena, text, (size_t) (colon - text)), &range, arena,
			       err));
	for (uint64_t i = range.first; i <= range.last; i++)
		list_add(out, arena, arena_format(arena, "%ju/%s", (uintmax_t) i, protocol));
	if (slash != NULL && slash[1] != '\0' && strcmp(slash + 1, protocol) != 0)
		notes->has_capitals = true;
	notes->has_host = notes->has_host || colon != NULL;
	return 0;
}

int
ports_read(struct text_list *out, struct ports_notes *notes, const char *text, struct arena *arena,
	   struct error *err)
{
	struct ports_notes unused = { 0 };

	if (read_port(out, notes != NULL ? notes : &unused, text, arena, err) < 0)
		return error_prefixf(err, "port \"%s\"", text);
	return 0;
}
