/* SPDX-License-Identifier: MIT
 *
 * What this processor can do. On x86 an instruction set counts only if the operating system saves its registers
 * (XCR0), otherwise the first use would be an illegal instruction. */
#if defined(__linux__)
#define _GNU_SOURCE
#include <sched.h>
#elif defined(__APPLE__)
#define _DARWIN_C_SOURCE
#include <unistd.h>
#endif

#include "cpu.h"

#if defined(__x86_64__) || defined(__i386__)
#include <cpuid.h>

static uint64_t xcr0(void)
{
    uint32_t low, high;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return (uint64_t)high << 32 | low;
}

uint32_t fv_cpu_detect(void)
{
    enum { OSXSAVE = 1 << 27, AVX = 1 << 28, YMM_STATE = 0x06, ZMM_STATE = 0xe6 };
    uint32_t a, b, c, d;
    if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & OSXSAVE) || !(c & AVX)) return 0;
    const uint64_t state = xcr0();
    if ((state & YMM_STATE) != YMM_STATE || !__get_cpuid_count(7, 0, &a, &b, &c, &d)) return 0;

    uint32_t cpu = 0;
    if (b & 1u << 5) cpu |= FOVEA_CPU_AVX2;
    const uint32_t f_dq_bw_vl = 1u << 16 | 1u << 17 | 1u << 30 | 1u << 31, vnni = 1u << 11;
    if ((state & ZMM_STATE) == ZMM_STATE && (b & f_dq_bw_vl) == f_dq_bw_vl && (c & vnni)) cpu |= FOVEA_CPU_AVX512VNNI;
    if (__get_cpuid_count(7, 1, &a, &b, &c, &d) && (a & 1u << 4) && (cpu & FOVEA_CPU_AVX2)) cpu |= FOVEA_CPU_AVXVNNI;
    return cpu;
}

#elif defined(__aarch64__)
#if defined(__linux__)
#include <sys/auxv.h>
#endif

uint32_t fv_cpu_detect(void)
{
    uint32_t cpu = FOVEA_CPU_NEON;
#if defined(__linux__)
    if (getauxval(AT_HWCAP) & 1ul << 20) cpu |= FOVEA_CPU_DOTPROD; /* HWCAP_ASIMDDP */
    if (getauxval(AT_HWCAP2) & 1ul << 13) cpu |= FOVEA_CPU_I8MM; /* HWCAP2_I8MM */
#elif defined(__APPLE__)
    cpu |= FOVEA_CPU_DOTPROD; /* every Apple processor with 64-bit macOS */
#endif
    return cpu;
}

#elif defined(__wasm_simd128__)

uint32_t fv_cpu_detect(void)
{
#if defined(__wasm_relaxed_simd__)
    return FOVEA_CPU_SIMD128 | FOVEA_CPU_RELAXED_SIMD;
#else
    return FOVEA_CPU_SIMD128;
#endif
}

#else

uint32_t fv_cpu_detect(void) { return 0; }

#endif

int fv_cpu_count(void)
{
#if defined(__linux__)
    cpu_set_t sets[8]; /* one has 1024, not enough for the largest machines */
    if (sched_getaffinity(0, sizeof sets, sets) == 0) return fv_max(CPU_COUNT_S(sizeof sets, sets), 1);
    return 1;
#elif defined(__APPLE__)
    return fv_max((int)sysconf(_SC_NPROCESSORS_ONLN), 1);
#else
    return 1;
#endif
}
