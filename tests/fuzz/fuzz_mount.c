/* SPDX-License-Identifier: Apache-2.0 */
/* Each line is an option of a mount. What is made of them must be a set that the kernel takes. */
#include "tests/fuzz/fuzz.h"

#include <sys/mount.h>

#include "libcommon/text.h"
#include "runtime/kernel/mount_options.h"

#define OPTIONS_MAX 200

static bool
is_known(const struct text_list *words, const char *text)
{
	FOR_EACH(word, words)
		if (text_equal(*word, text))
			return true;
	return text_after(text, "idmap=") != NULL || text_after(text, "ridmap=") != NULL;
}

/* mount_setattr(2): nothing both set and cleared, and of access times all is cleared or nothing. */
static void
check_attributes(uint64_t set, uint64_t clear)
{
	uint64_t times = set & MOUNT_ATTR__ATIME;

	DEMAND((clear & MOUNT_ATTR__ATIME) == 0 ||
	       (clear & MOUNT_ATTR__ATIME) == MOUNT_ATTR__ATIME);
	DEMAND(times == 0 || (clear & MOUNT_ATTR__ATIME) == MOUNT_ATTR__ATIME);
	DEMAND(times == 0 || times == MOUNT_ATTR_NOATIME || times == MOUNT_ATTR_STRICTATIME);
	DEMAND((set & clear & ~(uint64_t) MOUNT_ATTR__ATIME) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	scoped_arena arena = { 0 };
	struct fuzz_input input = { bytes, n };
	struct text_list words = { 0 }, known = mount_options_words(&arena);
	size_t of_others = 0;

	while (input.left > 0 && words.count < OPTIONS_MAX) {
		const char *word = fuzz_line(&input, &arena);
		list_add(&words, &arena, word);
		of_others += word[0] != '\0' && !is_known(&known, word);
	}
	struct mount_options options = mount_options_parse(&words, &arena);
	struct mount_attributes bind = mount_options_bind_attributes(&options);

	DEMAND(options.data.count == of_others);
	FOR_EACH(word, &options.data)
		DEMAND(!is_known(&known, *word));
	DEMAND((options.set & options.clear) == 0);
	DEMAND(!options.recursive || options.bind);
	DEMAND(!options.idmap_recursive || options.idmap);
	DEMAND((options.propagation &
		~(MS_REC | MS_PRIVATE | MS_SHARED | MS_SLAVE | MS_UNBINDABLE)) == 0);
	check_attributes(options.rset, options.rclear);
	check_attributes(bind.set, bind.clear);
	return 0;
}
