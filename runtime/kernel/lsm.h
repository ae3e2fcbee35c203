/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Labels of security modules: AppArmor profiles and SELinux contexts, for the next exec.
 *
 * To ask for a label and not get it is an error, always: the write goes through a private procfs
 * and is read back.
 */
#ifndef COOPERAGE_LSM_H
#define COOPERAGE_LSM_H

#include "libcommon/error.h"

bool lsm_has_apparmor(void);
bool lsm_has_selinux(void);

/* Guest side. NULL or "" asks for nothing. `procfs`: from procfs_open, opened before the pivot. */
int lsm_set_apparmor(int procfs, const char *profile, struct error *err);
int lsm_set_selinux(int procfs, const char *label, struct error *err);

/*
 * The SELinux label of keys made from now until the next exec: before keyring_join, so that the
 * container's processes may use their session keyring.
 */
int lsm_set_key_label(int procfs, const char *label, struct error *err);

#endif
