/* SPDX-License-Identifier: Apache-2.0 */
#include "oci-spec/resource_rules.h"

#include <string.h>

#include "oci-spec/rule.h"

static bool
is_limited(const int64_t *limit)
{
	return limit != NULL && *limit > 0;
}

/* memory.swap counts memory too, so without a limit on memory it says nothing. */
static void
judge_swap_alone(struct verdict *verdict, const void *subject)
{
	const struct oci_memory *memory = ((const struct oci_resources *) subject)->memory;

	if (memory != NULL && is_limited(memory->swap) && !is_limited(memory->limit))
		rule_broken(verdict, "memory.swap");
}

static void
judge_swap(struct verdict *verdict, const void *subject)
{
	const struct oci_memory *memory = ((const struct oci_resources *) subject)->memory;

	if (memory != NULL && is_limited(memory->swap) && is_limited(memory->limit) &&
	    *memory->swap < *memory->limit)
		rule_broken(verdict, "memory.swap");
}

static bool
is_weight(const uint16_t *weight)
{
	return weight == NULL || *weight == 0 || (*weight >= 10 && *weight <= 1000);
}

static void
judge_weights(struct verdict *verdict, const void *subject)
{
	const struct oci_block_io *io = ((const struct oci_resources *) subject)->block_io;

	if (io == NULL)
		return;
	if (!is_weight(io->weight))
		rule_broken(verdict, "blockIO.weight");
	if (!is_weight(io->leaf_weight))
		rule_broken(verdict, "blockIO.leafWeight");
	for (size_t i = 0; i < io->weight_device.count; i++) {
		if (!is_weight(io->weight_device.items[i].weight))
			rule_broken(verdict, "blockIO.weightDevice[%zu].weight", i);
		if (!is_weight(io->weight_device.items[i].leaf_weight))
			rule_broken(verdict, "blockIO.weightDevice[%zu].leafWeight", i);
	}
}

static void
judge_weight_devices(struct verdict *verdict, const void *subject)
{
	const struct oci_block_io *io = ((const struct oci_resources *) subject)->block_io;

	for (size_t i = 0; io != NULL && i < io->weight_device.count; i++)
		if (io->weight_device.items[i].weight == NULL &&
		    io->weight_device.items[i].leaf_weight == NULL)
			rule_broken(verdict, "blockIO.weightDevice[%zu]", i);
}

/* There are a handful of sizes; nobody shall make us compare a million. */
static void
judge_hugepages(struct verdict *verdict, const void *subject)
{
	const struct oci_hugepage_limit_list *limits =
		&((const struct oci_resources *) subject)->hugepage_limits;

	for (size_t i = 0; i < limits->count && i < 64; i++)
		for (size_t j = 0; j < i; j++)
			if (strcmp(limits->items[i].page_size, limits->items[j].page_size) == 0) {
				rule_broken(verdict, "hugepageLimits[%zu].pageSize", i);
				break;
			}
}

static void
judge_rdma(struct verdict *verdict, const void *subject)
{
	const struct oci_rdma_list *rdma = &((const struct oci_resources *) subject)->rdma;

	for (size_t i = 0; i < rdma->count; i++)
		if (rdma->items[i].hca_handles == NULL && rdma->items[i].hca_objects == NULL)
			rule_broken(verdict, "rdma[\"%.64s\"]", rdma->items[i].key);
}

/* clang-format off */
static const struct rule rules[] = {
	{ "counts memory too, so it needs memory.limit",                 judge_swap_alone },
	{ "counts memory too, so it must not be less than memory.limit", judge_swap },
	{ "must be between 10 and 1000, or 0",                           judge_weights },
	{ "needs weight, leafWeight or both",                            judge_weight_devices },
	{ "each size may be there only once",                            judge_hugepages },
	{ "needs hcaHandles, hcaObjects or both",                        judge_rdma },
};
/* clang-format on */

int
resource_rules_judge(const struct oci_resources *resources, const char *at, struct error *err)
{
	return rule_judge(rules, COUNT(rules), resources, at, err);
}
