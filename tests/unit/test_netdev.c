/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/check.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "libcommon/fd.h"
#include "runtime/kernel/netdev.h"
#include "runtime/kernel/rtnetlink.h"
#include "tests/unit/child.h"

/* ---- a network of our own ------------------------------------------------------------------- */

static void
order(struct rtnetlink_message *message, const char *what)
{
	scoped_rtnetlink link = RTNETLINK_NONE;
	struct error err = { 0 };

	child_expect(rtnetlink_open(&link, 0, &err) == 0, "%s", err.text);
	message->head.nlmsg_flags = NLM_F_CREATE | NLM_F_EXCL;
	child_expect(rtnetlink_order(&link, message, &err) == 0, "%s: %s", what, err.text);
}

/* One end of a pair; the other gets a name by itself. */
static void
make_device(const char *name)
{
	struct rtnetlink_message message;
	struct ifinfomsg about = { .ifi_family = AF_UNSPEC };
	struct {
		struct rtattr head;
		char kind[8];
	} info = { { sizeof(info.head) + 5, IFLA_INFO_KIND }, "veth" };

	rtnetlink_begin(&message, RTM_NEWLINK, &about, sizeof(about));
	rtnetlink_add(&message, IFLA_IFNAME, name, strlen(name) + 1);
	rtnetlink_add(&message, IFLA_LINKINFO, &info, sizeof(info));
	order(&message, "make a veth");
}

static void
add_address(const char *device, int family, const char *text, unsigned char prefix, uint8_t scope)
{
	struct rtnetlink_message message;
	struct ifaddrmsg about = {
		.ifa_family = (unsigned char) family,
		.ifa_prefixlen = prefix,
		.ifa_scope = scope,
		.ifa_index = if_nametoindex(device),
		.ifa_flags = IFA_F_NODAD,
	};
	unsigned char bytes[16];

	child_expect(inet_pton(family, text, bytes) == 1, "inet_pton %s", text);
	rtnetlink_begin(&message, RTM_NEWADDR, &about, sizeof(about));
	rtnetlink_add(&message, IFA_LOCAL, bytes, family == AF_INET ? 4 : 16);
	rtnetlink_add(&message, IFA_ADDRESS, bytes, family == AF_INET ? 4 : 16);
	order(&message, text);
}

static void
set_mtu(const char *device, int mtu)
{
	struct ifreq request = { .ifr_mtu = mtu };
	scoped_fd fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	(void) snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", device);
	child_expect(ioctl(fd, SIOCSIFMTU, &request) == 0, "set the mtu: %s", strerror(errno));
}

/* Another network namespace. Returns its fd. */
static int
make_container(void)
{
	char path[64];

	(void) snprintf(path, sizeof(path), "/proc/%d/ns/net",
			(int) child_bystander(CLONE_NEWNET, 0));
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	child_expect(fd >= 0, "open %s: %s", path, strerror(errno));
	return fd;
}

static void
go(int netns)
{
	child_expect(setns(netns, CLONE_NEWNET) == 0, "setns: %s", strerror(errno));
}

static struct ifreq
ask(unsigned long what, const char *device)
{
	struct ifreq request = { 0 };
	scoped_fd fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	(void) snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", device);
	child_expect(ioctl(fd, what, &request) == 0, "ask about %s: %s", device, strerror(errno));
	return request;
}

/* "10.0.0.1/24 fd00::1/64", sorted as the kernel lists them. */
static const char *
addresses_of(const char *device)
{
	static char text[1024];
	struct ifaddrs *all, *at;

	text[0] = '\0';
	child_expect(getifaddrs(&all) == 0, "getifaddrs");
	for (at = all; at != NULL; at = at->ifa_next) {
		char one[INET6_ADDRSTRLEN];
		unsigned bits = 0;

		if (strcmp(at->ifa_name, device) != 0 || at->ifa_addr == NULL ||
		    (at->ifa_addr->sa_family != AF_INET && at->ifa_addr->sa_family != AF_INET6))
			continue;
		bool v6 = at->ifa_addr->sa_family == AF_INET6;
		const unsigned char *bytes =
			v6 ? (void *) &((struct sockaddr_in6 *) (void *) at->ifa_addr)->sin6_addr
			   : (void *) &((struct sockaddr_in *) (void *) at->ifa_addr)->sin_addr;
		const unsigned char *mask =
			v6 ? (void *) &((struct sockaddr_in6 *) (void *) at->ifa_netmask)->sin6_addr
			   : (void *) &((struct sockaddr_in *) (void *) at->ifa_netmask)->sin_addr;
		for (int i = 0; i < (v6 ? 16 : 4); i++)
			bits += (unsigned) __builtin_popcount(mask[i]);
		(void) inet_ntop(v6 ? AF_INET6 : AF_INET, bytes, one, sizeof(one));
		if (strncmp(one, "fe80:", 5) == 0)
			continue; /* the kernel's own, of the link */
		size_t n = strlen(text);
		(void) snprintf(text + n, sizeof(text) - n, "%s%s/%u", n > 0 ? " " : "", one, bits);
	}
	freeifaddrs(all);
	return text;
}

static int
move(const char *key, const char *name, int netns, struct error *err)
{
	struct oci_net_device device = { .key = key, .name = name };

	return netdev_move(&(struct oci_net_device_list){ &device, 1 }, netns, err);
}

#define NETWORK (CLONE_NEWUSER | CLONE_NEWNET)

/* ---- loopback ------------------------------------------------------------------------------- */

static void
raise_loopback(void)
{
	struct error err = { 0 };

	child_expect((ask(SIOCGIFFLAGS, "lo").ifr_flags & IFF_UP) == 0, "it is up already");
	child_expect(netdev_raise_loopback(&err) == 0, "%s", err.text);
	child_expect((ask(SIOCGIFFLAGS, "lo").ifr_flags & (IFF_UP | IFF_RUNNING)) ==
			     (IFF_UP | IFF_RUNNING),
		     "it is not up");
	child_expect(strstr(addresses_of("lo"), "127.0.0.1/8") != NULL, "it has %s",
		     addresses_of("lo"));
}

TEST(loopback_is_set_up)
{
	CHECK_CHILD(NETWORK, raise_loopback);
}

static void
raise_foreign_loopback(void)
{
	struct error err = { 0 };

	if (geteuid() == 0)
		child_expect(setresuid(999, 999, 999) == 0, "setresuid");
	child_expect(netdev_raise_loopback(&err) < 0, "it worked");
	child_expect_text(err.text, "set the loopback device up: Operation not permitted");
}

TEST(a_network_that_is_not_ours_is_left_alone)
{
	CHECK_CHILD(0, raise_foreign_loopback);
}

/* ---- moving --------------------------------------------------------------------------------- */

static void
move_with_addresses(void)
{
	struct error err = { 0 };
	int container = make_container();

	make_device("net0");
	set_mtu("net0", 1400);
	add_address("net0", AF_INET, "10.1.2.3", 24, RT_SCOPE_UNIVERSE);
	add_address("net0", AF_INET, "10.9.9.9", 32, RT_SCOPE_LINK);
	add_address("net0", AF_INET6, "fd00::5", 64, RT_SCOPE_UNIVERSE);
	char mac[6];
	memcpy(mac, ask(SIOCGIFHWADDR, "net0").ifr_hwaddr.sa_data, 6);

	child_expect(move("net0", NULL, container, &err) == 0, "%s", err.text);
	child_expect(if_nametoindex("net0") == 0, "it is still here");
	go(container);
	child_expect((ask(SIOCGIFFLAGS, "net0").ifr_flags & IFF_UP) != 0, "it is not up");
	child_expect(ask(SIOCGIFMTU, "net0").ifr_mtu == 1400, "it lost its mtu");
	child_expect(memcmp(ask(SIOCGIFHWADDR, "net0").ifr_hwaddr.sa_data, mac, 6) == 0,
		     "it lost its mac");
	child_expect_text(addresses_of("net0"), "10.1.2.3/24 fd00::5/64");
}

TEST(a_device_keeps_its_permanent_global_addresses_and_is_set_up)
{
	CHECK_CHILD(NETWORK, move_with_addresses);
}

static void
move_renamed(void)
{
	struct error err = { 0 };
	int container = make_container();

	make_device("net0");
	add_address("net0", AF_INET, "10.1.2.3", 24, RT_SCOPE_UNIVERSE);
	child_expect(move("net0", "eth0", container, &err) == 0, "%s", err.text);
	go(container);
	child_expect(if_nametoindex("net0") == 0, "it has its old name");
	child_expect_text(addresses_of("eth0"), "10.1.2.3/24");
}

TEST(a_device_is_renamed_on_its_way)
{
	CHECK_CHILD(NETWORK, move_renamed);
}

static void
move_by_template(void)
{
	struct error err = { 0 };
	int container = make_container();

	make_device("net0");
	make_device("net1");
	make_device("eth0"); /* so the first of the container's is called as one of ours */
	add_address("net0", AF_INET, "10.0.0.1", 24, RT_SCOPE_UNIVERSE);
	add_address("net1", AF_INET, "10.0.0.2", 24, RT_SCOPE_UNIVERSE);
	child_expect(move("net0", "eth%d", container, &err) == 0, "%s", err.text);
	child_expect(move("net1", "eth%d", container, &err) == 0, "%s", err.text);
	go(container);
	child_expect_text(addresses_of("eth0"), "10.0.0.1/24");
	child_expect_text(addresses_of("eth1"), "10.0.0.2/24");
	child_expect((ask(SIOCGIFFLAGS, "eth1").ifr_flags & IFF_UP) != 0, "eth1 is not up");
}

TEST(a_template_lets_the_kernel_choose_the_name)
{
	CHECK_CHILD(NETWORK, move_by_template);
}

static void
move_onto_another(void)
{
	struct error err = { 0 };
	int container = make_container();

	make_device("net0");
	make_device("net1");
	child_expect(move("net0", "eth0", container, &err) == 0, "%s", err.text);
	child_expect(move("net1", "eth0", container, &err) < 0, "two of one name");
	child_expect_text(err.text,
			  "network device \"net1\": the container has a device \"eth0\" already: "
			  "File exists");
	child_expect(if_nametoindex("net1") != 0, "it is gone nevertheless");
}

TEST(a_name_that_is_taken_is_an_error_and_the_device_stays)
{
	CHECK_CHILD(NETWORK, move_onto_another);
}

static void
move_what_cannot_be(void)
{
	struct error err = { 0 };
	int container = make_container();

	make_device("net0");
	child_expect(move("nothing", NULL, container, &err) < 0, "nothing was moved");
	child_expect_text(err.text, "network device \"nothing\": find it: No such device");
	child_expect(move("lo", "lo1", container, &err) < 0, "loopback was moved");
	child_expect_text(err.text, "network device \"lo\": move it: the kernel refuses: "
				    "Invalid argument");
	child_expect(move("net0", "sixteen_letters_", container, &err) < 0, "a name was cut");
	child_expect_text(err.text, "network device \"net0\": a name has at most 15 letters");
	child_expect(move("net0", "a/b", container, &err) < 0, "a name with a slash");
}

TEST(what_cannot_be_moved_is_named)
{
	CHECK_CHILD(NETWORK, move_what_cannot_be);
}

static void
come_back(void)
{
	struct error err = { 0 };
	int container = make_container();
	char before[64] = "", after[64] = "";

	make_device("net0");
	(void) !readlink("/proc/self/ns/net", before, sizeof(before) - 1);
	child_expect(move("net0", NULL, container, &err) == 0, "%s", err.text);
	(void) !readlink("/proc/self/ns/net", after, sizeof(after) - 1);
	child_expect(strcmp(before, after) == 0, "we are elsewhere now");
}

TEST(afterwards_we_are_where_we_were)
{
	CHECK_CHILD(NETWORK, come_back);
}
