/* SPDX-License-Identifier: MIT
 *
 * fovea bench: how much of this processor the engine uses, and what that makes in pictures. */
#ifndef FOVEA_CLI_BENCH_H
#define FOVEA_CLI_BENCH_H

#include <stdbool.h>

/* threads: 0 one a processor. false: no memory, or nothing to be measured; told. */
bool bench_run(int threads);

#endif
