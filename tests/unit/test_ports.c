/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/check.h"

#include "builder/dockerfile/ports.h"
#include "libcommon/text.h"

static void
check_ports(const char *text, const char *wanted)
{
	scoped_arena arena = { 0 };
	struct text_list out = { 0 };
	struct error err = { 0 };

	CHECK_OK(ports_read(&out, NULL, text, &arena, &err), err);
	CHECK_TEXT(text_join(&arena, &out, " "), wanted);
}

static void
check_refused(const char *text, const char *wanted)
{
	scoped_arena arena = { 0 };
	struct text_list out = { 0 };
	struct error err = { 0 };

	CHECK_FAILS(ports_read(&out, NULL, text, &arena, &err), err, wanted);
}

TEST(a_port_has_a_protocol)
{
	check_ports("80", "80/tcp");
	check_ports("80/", "80/tcp");
	check_ports("0/udp", "0/udp");
	check_ports("65535/SCTP", "65535/sctp");
}

TEST(a_range_is_each_of_its_ports)
{
	check_ports("8000-8002/udp", "8000/udp 8001/udp 8002/udp");
	check_ports("80-80", "80/tcp");
}

TEST(an_address_and_a_host_port_are_dropped)
{
	check_ports("8080:80", "80/tcp");
	check_ports(":80", "80/tcp");
	check_ports("127.0.0.1:8080:80/udp", "80/udp");
	check_ports("127.0.0.1::80", "80/tcp");
	check_ports("[::1]:8080:80", "80/tcp");
	check_ports("8000-8001:80-81", "80/tcp 81/tcp");
	check_ports("8000-8010:80", "80/tcp");
}

TEST(what_a_lint_rule_would_mind_is_noted)
{
	scoped_arena arena = { 0 };
	struct text_list out = { 0 };
	struct ports_notes notes = { 0 };
	struct error err = { 0 };

	CHECK_OK(ports_read(&out, &notes, "80/tcp", &arena, &err), err);
	CHECK(!notes.has_capitals && !notes.has_host);
	CHECK_OK(ports_read(&out, &notes, "80/Tcp", &arena, &err), err);
	CHECK(notes.has_capitals && !notes.has_host);
	CHECK_OK(ports_read(&out, &notes, "1:80", &arena, &err), err);
	CHECK(notes.has_host);
}

TEST(wrong_ports_are_refused)
{
	check_refused("http", "port \"http\": \"http\" is not a number");
	check_refused("/tcp", "port \"/tcp\": \"\" is not a number");
	check_refused("65536", "port \"65536\": \"65536\" is too large, at most 65535");
	check_refused("2-1", "port \"2-1\": \"2-1\" ends before it begins");
	check_refused("1-2-3", "port \"1-2-3\": \"1-2-3\" is not a port or a range of ports");
	check_refused("1/icmp", "port \"1/icmp\": protocol \"icmp\" is not tcp, udp or sctp");
	check_refused("1.2.3:1:80", "port \"1.2.3:1:80\": \"1.2.3\" is not an address");
	check_refused("[1.2.3.4]:1:80", "port \"[1.2.3.4]:1:80\": \"[1.2.3.4]\" is not an address");
	check_refused(
		"1-3:80-81",
		"port \"1-3:80-81\": \"1-3\" on the host is not as long as the range of ports");
}
