/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/check.h"

#include "builder/dockerfile/expand.h"
#include "builder/dockerfile/run_device.h"
#include "builder/dockerfile/run_mount.h"
#include "libcommon/buffer.h"

static const char *
look_up(void *variables, const char *name)
{
	(void) variables;
	return strcmp(name, "dir") == 0 ? "/work/dir" : strcmp(name, "n") == 0 ? "7" : NULL;
}

static int
read_mount(struct run_mount *mount, const char *text, struct arena *arena, struct error *err)
{
	struct expander expander = { arena, look_up, NULL, .escape = '\\' };

	return run_mount_read(mount, text, &expander, arena, err);
}

static void
show_text(struct buffer *out, const char *name, const char *text)
{
	if (text != NULL)
		buffer_add_format(out, " %s=%s", name, text);
}

static void
show_number(struct buffer *out, const char *name, const uint32_t *number)
{
	if (number != NULL)
		buffer_add_format(out, " %s=%o", name, *number);
}

static void
check_mount(const char *text, const char *wanted)
{
	scoped_arena arena = { 0 };
	scoped_buffer out = { 0 };
	struct run_mount mount;
	struct error err = { 0 };

	CHECK_OK(read_mount(&mount, text, &arena, &err), err);
	buffer_add_format(&out, "%s %s", word_text(run_mount_types, (int) mount.type),
			  mount.read_only ? "ro" : "rw");
	show_text(&out, "from", mount.from);
	show_text(&out, "source", mount.source);
	show_text(&out, "target", mount.target);
	show_text(&out, "id", mount.id);
	show_text(&out, "env", mount.env);
	if (mount.required)
		buffer_add_text(&out, " required");
	if (mount.sharing != RUN_MOUNT_SHARED)
		show_text(&out, "sharing", word_text(run_mount_sharings, (int) mount.sharing));
	if (mount.size != 0)
		buffer_add_format(&out, " size=%ju", (uintmax_t) mount.size);
	show_number(&out, "mode", mount.mode);
	show_number(&out, "uid", mount.uid);
	show_number(&out, "gid", mount.gid);
	CHECK_TEXT(buffer_text(&out), wanted);
}

static void
check_refused(const char *text, const char *wanted)
{
	scoped_arena arena = { 0 };
	struct run_mount mount;
	struct error err = { 0 };

	CHECK_FAILS(read_mount(&mount, text, &arena, &err), err, wanted);
}

TEST(a_mount_without_a_type_is_a_bind_that_is_read_only)
{
	check_mount("target=/x", "bind ro target=/x");
	check_mount("from=base,source=/a,dst=b", "bind ro from=base source=/a target=b");
	check_mount("type=bind,destination=/x,rw", "bind rw target=/x");
	check_mount("target=/x,readwrite=true", "bind rw target=/x");
	check_mount("target=/x,rw=0", "bind ro target=/x");
	check_mount("target=/x,ro=F", "bind rw target=/x");
}

TEST(a_cache_is_writable_unless_it_says_otherwise)
{
	check_mount("type=cache,target=/x", "cache rw target=/x");
	check_mount("type=cache,target=/x,readonly", "cache ro target=/x");
	check_mount(
		"type=cache,target=/x,id=i,sharing=private,from=s,source=d,mode=0700,uid=8,gid=9",
		"cache rw from=s source=d target=/x id=i sharing=private mode=700 uid=10 gid=11");
	check_mount("TYPE=CACHE,Target=/X,sharing=LOCKED", "cache rw target=/X sharing=locked");
}

TEST(the_order_of_options_does_not_matter)
{
	check_mount("required,id=k,type=secret", "secret ro id=k required");
	check_mount("size=1m,target=/t,type=tmpfs", "tmpfs rw target=/t size=1048576");
}

TEST(a_tmpfs_may_have_a_size_also_as_buildah_spells_it)
{
	check_mount("type=tmpfs,target=/t", "tmpfs rw target=/t");
	check_mount("type=tmpfs,target=/t,tmpfs-size=4096,tmpfs-mode=1777",
		    "tmpfs rw target=/t size=4096 mode=1777");
}

TEST(a_secret_is_known_by_its_id_or_its_target)
{
	check_mount("type=secret,id=k", "secret ro id=k");
	check_mount("type=secret,target=/run/x/key", "secret ro target=/run/x/key id=key");
	check_mount("type=secret,source=k,env=KEY,required=true",
		    "secret ro id=k env=KEY required");
	check_mount("type=secret,id=k,target=/k,mode=0440,uid=1,gid=2",
		    "secret ro target=/k id=k mode=440 uid=1 gid=2");
}

TEST(an_agent_needs_nothing)
{
	check_mount("type=ssh", "ssh ro");
	check_mount("type=ssh,id=x,required,mode=0666", "ssh ro id=x required mode=666");
}

TEST(a_comma_can_be_quoted)
{
	check_mount("\"target=/a,b\",\"source=c\\\"\"d\"", "bind ro source=c\"d target=/a,b");
	check_refused("\"target=/a", "a quoted option does not end");
	check_refused("target=\"/a\"", "a quote stands in the middle of an option");
	check_refused("\"target=/a\"b", "a quote stands in the middle of an option");
}

TEST(variables_are_replaced_but_not_in_from)
{
	check_mount("type=cache,target=$dir,uid=${n},id=${no:-x}",
		    "cache rw target=/work/dir id=x uid=7");
	check_mount("from=base$,target=/x", "bind ro from=base$ target=/x");
	check_refused("from=$dir,target=/x",
		      "\"from\" takes no variables; name a stage, whose FROM may have them");
	check_refused("target=${dir", "\"${dir\": the } of a ${ is missing");
}

TEST(what_depends_on_a_variable_is_not_judged_while_parsing)
{
	scoped_arena arena = { 0 };
	struct run_mount mount;
	struct error err = { 0 };

	CHECK_OK(run_mount_read(&mount, "type=$t,size=$s,sharing=locked", NULL, &arena, &err), err);
	CHECK_OK(run_mount_read(&mount, "type=cache,target=$t,mode=$m", NULL, &arena, &err), err);
	CHECK_FAILS(run_mount_read(&mount, "type=cache,target=$t,required", NULL, &arena, &err),
		    err, "a cache mount has no option \"required\"");
	CHECK_FAILS(run_mount_read(&mount, "type=$t,from=$f", NULL, &arena, &err), err,
		    "\"from\" takes no variables; name a stage, whose FROM may have them");
}

TEST(each_type_has_its_own_options)
{
	check_refused("target=/x,uid=1", "a bind mount has no option \"uid\"");
	check_refused("target=/x,size=1", "a bind mount has no option \"size\"");
	check_refused("type=tmpfs,target=/x,mode=7", "a tmpfs mount has no option \"mode\"");
	check_refused("type=tmpfs,target=/x,from=a", "a tmpfs mount has no option \"from\"");
	check_refused("type=secret,id=a,from=b", "a secret mount has no option \"from\"");
	check_refused("type=secret,id=a,sharing=shared",
		      "a secret mount has no option \"sharing\"");
	check_refused("type=ssh,from=b", "a ssh mount has no option \"from\"");
	check_refused("type=cache,target=/x,env=E", "a cache mount has no option \"env\"");
}

TEST(wrong_values_are_named)
{
	check_refused("type=volume,target=/x", "option \"type\": there is no type \"volume\"; it "
					       "is one of bind, cache, tmpfs, secret, ssh");
	check_refused(
		"type=cache,target=/x,sharing=lokced",
		"option \"sharing\": there is no sharing \"lokced\"; did you mean \"locked\"?");
	check_refused("target=/x,ro=maybe", "option \"ro\": \"maybe\" is neither true nor false");
	check_refused("type=cache,target=/x,mode=9", "option \"mode\": \"9\" is not an octal mode");
	check_refused("type=cache,target=/x,gid=4294967295",
		      "option \"gid\": \"4294967295\" is too large, at most 4294967294");
	check_refused(
		"type=tmpfs,target=/x,size=much",
		"option \"size\": \"much\" is not a size; write a number and b, k, m, g or t");
	check_refused("target", "option \"target\" needs a value");
	check_refused("propagation=shared", "there is no option \"propagation\"");
	check_refused("", "an option is empty");
	check_refused("target=/x,", "an option is empty");
	check_refused("type=secret,id=a,src=b",
		      "\"id\" and \"source\" of a secret are the same thing; give one");
	check_refused("type=secret,env=A", "a secret mount needs an id or a target");
	check_refused("type=bind,source=/", "a bind mount needs a target");
	check_refused("target=//", "option \"target\": nothing can be mounted on \"//\"");
}

static void
check_device(const char *text, const char *name, bool required)
{
	scoped_arena arena = { 0 };
	struct run_device device;
	struct error err = { 0 };

	CHECK_OK(run_device_read(&device, text, &arena, &err), err);
	CHECK_TEXT(device.name, name);
	CHECK_EQ(device.required, required);
}

static void
check_no_device(const char *text, const char *wanted)
{
	scoped_arena arena = { 0 };
	struct run_device device;
	struct error err = { 0 };

	CHECK_FAILS(run_device_read(&device, text, &arena, &err), err, wanted);
}

TEST(a_device_is_a_name_and_perhaps_required)
{
	check_device("vendor.com/class=one", "vendor.com/class=one", false);
	check_device("name=vendor.com/class=one,required", "vendor.com/class=one", true);
	check_device("required=false,Vendor/x", "Vendor/x", false);
	check_no_device("required", "which device is missing");
	check_no_device("a,b", "\"b\" is no option; there are name and required");
	check_no_device("a,name=b", "the device is \"a\" already");
	check_no_device("a,required=perhaps", "\"perhaps\" is neither true nor false");
}
