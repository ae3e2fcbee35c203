/* SPDX-License-Identifier: Apache-2.0 */
/* Until the room is built: no cgroup is made, and a container stays in its caller's. */
#include "runtime/kernel/cgroup.h"
void cgroup_done(struct cgroup *c){(void)c;}
int cgroup_open(struct cgroup *c,const char*r,struct arena*a,struct error*e){(void)c;(void)r;(void)a;(void)e;return 0;}
bool cgroup_is_frozen(const struct cgroup*c){(void)c;return false;}
int cgroup_members(const struct cgroup *c, struct cgroup_members *m, struct arena *a,struct error *e){(void)c;(void)m;(void)a;(void)e;return 0;}
int cgroup_update(const struct cgroup *c, const struct oci_resources *r, struct error *e){(void)c;(void)r;(void)e;return 0;}
int cgroup_freeze(const struct cgroup *c, struct error *e){(void)c;(void)e;return 0;}
int cgroup_thaw(const struct cgroup *c, struct error *e){(void)c;(void)e;return 0;}
int cgroup_signal(const struct cgroup *c,int s, struct error *e){(void)s;(void)c;(void)e;return 0;}
int cgroup_remove(struct cgroup *c, struct error *e){(void)c;(void)e;return 0;}
int cgroup_enter(const struct cgroup *c, struct error *e){(void)c;(void)e;return 0;}
int cgroup_make(struct cgroup *c, const struct cgroup_request *r, struct arena *a,struct error *e){(void)c;(void)r;(void)a;(void)e;return 0;}
const char *cgroup_record(const struct cgroup *c, struct arena *a){(void)c;(void)a;return NULL;}
int cgroup_birthplace(const struct cgroup *c){(void)c;return -1;}
uint64_t cgroup_oom_kills(const struct cgroup *c){(void)c;return 0;}
int cgroup_mount(const struct cgroup *c, int t, bool o, bool r,unsigned long f, struct error *e){(void)c;(void)t;(void)o;(void)r;(void)f;(void)e;return 0;}
