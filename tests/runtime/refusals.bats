#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Wrong bundles: for each the exact words of the complaint, and nothing left behind.

load ../helpers/suite
load ../golden/bundles

@test "apparmor absent" { require root busybox jq; refused apparmor-absent; }
@test "cgroup climbs" { require root busybox jq; refused cgroup-climbs; }
@test "device without numbers" { require root busybox jq; refused device-without-numbers; }
@test "empty" { require root busybox jq; refused empty; }
@test "environment entry without name" { require root busybox jq; refused environment-entry-without-name; }
@test "hook fails" { require root busybox jq; refused hook-fails; }
@test "hook relative" { require root busybox jq; refused hook-relative; }
@test "hostname without uts" { require root busybox jq; refused hostname-without-uts; }
@test "key twice" { require root busybox jq; refused key-twice; }
@test "many complaints" { require root busybox jq; refused many-complaints; }
@test "maps without user namespace" { require root busybox jq; refused maps-without-user-namespace; }
@test "mount option unknown" { require root busybox jq; refused mount-option-unknown; }
@test "mount source missing" { require root busybox jq; refused mount-source-missing; }
@test "mount type unknown" { require root busybox jq; refused mount-type-unknown; }
@test "namespace path missing" { require root busybox jq; refused namespace-path-missing; }
@test "namespace path of other type" { require root busybox jq; refused namespace-path-of-other-type; }
@test "namespace twice" { require root busybox jq; refused namespace-twice; }
@test "no arguments" { require root busybox jq; refused no-arguments; }
@test "no object" { require root busybox jq; refused no-object; }
@test "no process" { require root busybox jq; refused no-process; }
@test "no root" { require root busybox jq; refused no-root; }
@test "number for text" { require root busybox jq; refused number-for-text; }
@test "program is directory" { require root busybox jq; refused program-is-directory; }
@test "program missing" { require root busybox jq; refused program-missing; }
@test "program not executable" { require root busybox jq; refused program-not-executable; }
@test "program path missing" { require root busybox jq; refused program-path-missing; }
@test "relative cwd" { require root busybox jq; refused relative-cwd; }
@test "rlimit twice" { require root busybox jq; refused rlimit-twice; }
@test "rlimit unknown" { require root busybox jq; refused rlimit-unknown; }
@test "root missing" { require root busybox jq; refused root-missing; }
@test "seccomp action unknown" { require root busybox jq; refused seccomp-action-unknown; }
@test "seccomp notify by default" { require root busybox jq; refused seccomp-notify-by-default; }
@test "swap below limit" { require root busybox jq; refused swap-below-limit; }
@test "syntax" { require root busybox jq; refused syntax; }
@test "sysctl of the host" { require root busybox jq; refused sysctl-of-the-host; }
@test "text for number" { require root busybox jq; refused text-for-number; }
@test "time without namespace" { require root busybox jq; refused time-without-namespace; }
@test "unknown namespace" { require root busybox jq; refused unknown-namespace; }
@test "user map empty" { require root busybox jq; refused user-map-empty; }
@test "version missing" { require root busybox jq; refused version-missing; }
@test "version two" { require root busybox jq; refused version-two; }
