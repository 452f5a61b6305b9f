/* SPDX-License-Identifier: MIT
 *
 * seccomp: a filter that lets everything through but a list. What it refuses fails with EPERM and not with death,
 * because libraries try a socket out of habit (getpwuid and its name service) and go on well without.
 * Landlock: rights that are named and then granted to nobody are gone. Writing is granted nowhere: results and scratch
 * files are open when a worker starts. Reading is granted below the system's folders, where codecs load their parts.
 *
 * Both only ever narrow, both are inherited, and neither can be undone by the process. */
#define _GNU_SOURCE 1
#include "sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>

#if defined(__x86_64__)
#define OUR_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define OUR_ARCH AUDIT_ARCH_AARCH64
#elif defined(__riscv) && __riscv_xlen == 64
#define OUR_ARCH AUDIT_ARCH_RISCV64
#endif

/* ---- seccomp ----------------------------------------------------------------------------------------------- */

#ifdef OUR_ARCH

#define X32_BIT 0x40000000u /* x86: the same calls under other numbers */

static const int private_calls[] = {
    /* clang-format off */
    SYS_socket, SYS_socketpair, SYS_connect, SYS_bind, SYS_listen, SYS_accept, SYS_accept4, SYS_sendto, SYS_sendmsg, SYS_sendmmsg,
    SYS_execve, SYS_execveat, SYS_bpf, SYS_io_uring_setup, SYS_io_uring_enter, SYS_io_uring_register,
    /* clang-format on */
};

/* Other processes, the kernel itself, and what files are called, belong to and allow: Landlock has no say in some of these, and
 * older kernels' has none in more. */
static const int worker_calls[] = {
    /* clang-format off */
    SYS_ptrace, SYS_process_vm_readv, SYS_process_vm_writev, SYS_pidfd_open, SYS_pidfd_getfd, SYS_pidfd_send_signal, SYS_kill,
    SYS_tkill, SYS_rt_sigqueueinfo, SYS_rt_tgsigqueueinfo, SYS_setpriority, SYS_process_madvise, SYS_migrate_pages, SYS_move_pages,
    SYS_unshare, SYS_setns, SYS_mount, SYS_umount2, SYS_pivot_root, SYS_chroot, SYS_keyctl, SYS_add_key, SYS_request_key,
    SYS_userfaultfd, SYS_perf_event_open, SYS_open_by_handle_at, SYS_name_to_handle_at, SYS_init_module, SYS_finit_module,
    SYS_delete_module, SYS_kexec_load, SYS_reboot, SYS_mq_open, SYS_msgget, SYS_shmget, SYS_semget, SYS_personality,
    SYS_unlinkat, SYS_renameat2, SYS_linkat, SYS_symlinkat, SYS_mkdirat, SYS_mknodat, SYS_truncate, SYS_fchmod, SYS_fchmodat,
    SYS_fchown, SYS_fchownat, SYS_utimensat, SYS_setxattr, SYS_lsetxattr, SYS_fsetxattr, SYS_removexattr, SYS_lremovexattr,
    SYS_fremovexattr,
#ifdef SYS_renameat
    SYS_renameat,
#endif
#ifdef SYS_fork /* the calls of old, which newer architectures don't have */
    SYS_fork, SYS_vfork, SYS_unlink, SYS_rename, SYS_link, SYS_symlink, SYS_mkdir, SYS_rmdir, SYS_mknod, SYS_creat, SYS_chmod,
    SYS_chown, SYS_lchown, SYS_utime, SYS_utimes, SYS_futimesat,
#endif
    /* clang-format on */
};

/* From here on calls are younger than this list. */
#define UNHEARD_OF 452

#define COUNT(list) (sizeof(list) / sizeof *(list))
#define ROOM 256

struct program {
    struct sock_filter steps[ROOM];
    unsigned short count;
    bool full;
};

static void step(struct program *program, uint16_t code, uint32_t value, uint8_t yes, uint8_t no)
{
    program->full = program->full || program->count == ROOM;
    if (!program->full) program->steps[program->count++] = (struct sock_filter){code, yes, no, value};
}

static void answer(struct program *program, uint32_t with) { step(program, BPF_RET | BPF_K, with, 0, 0); }

/* Leaves the number of the call in the accumulator. */
static void begin(struct program *program)
{
    step(program, BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch), 0, 0);
    step(program, BPF_JMP | BPF_JEQ | BPF_K, OUR_ARCH, 1, 0);
    answer(program, SECCOMP_RET_KILL_PROCESS);
    step(program, BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr), 0, 0);
#ifdef __x86_64__
    step(program, BPF_JMP | BPF_JGE | BPF_K, X32_BIT, 0, 1);
    answer(program, SECCOMP_RET_KILL_PROCESS);
#endif
}

static void refuse(struct program *program, int call, uint32_t error)
{
    step(program, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)call, 0, 1);
    answer(program, SECCOMP_RET_ERRNO | error);
}

/* Threads yes, processes no. The flags of clone3 can't be looked at; without it the C library takes clone. */
static void refuse_processes(struct program *program)
{
    refuse(program, SYS_clone3, ENOSYS);
    step(program, BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 0, 4);
    step(program, BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args), 0, 0);
    step(program, BPF_JMP | BPF_JSET | BPF_K, CLONE_THREAD, 1, 0);
    answer(program, SECCOMP_RET_ERRNO | EPERM);
    answer(program, SECCOMP_RET_ALLOW);
}

/* Only where argument number `which` is one of two values: signals and limits of its own. */
static void refuse_others(struct program *program, int call, int which, uint32_t one, uint32_t other)
{
    step(program, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)call, 0, 5);
    step(program, BPF_LD | BPF_W | BPF_ABS, (uint32_t)(offsetof(struct seccomp_data, args) + 8 * (size_t)which), 0, 0);
    step(program, BPF_JMP | BPF_JEQ | BPF_K, one, 2, 0);
    step(program, BPF_JMP | BPF_JEQ | BPF_K, other, 1, 0);
    answer(program, SECCOMP_RET_ERRNO | EPERM);
    answer(program, SECCOMP_RET_ALLOW);
}

/* Files are opened to be read: what is written was open before. */
static void refuse_writing(struct program *program, int call, int which)
{
    step(program, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)call, 0, 4);
    step(program, BPF_LD | BPF_W | BPF_ABS, (uint32_t)(offsetof(struct seccomp_data, args) + 8 * (size_t)which), 0, 0);
    step(program, BPF_JMP | BPF_JSET | BPF_K, O_WRONLY | O_RDWR | O_CREAT | O_TRUNC, 0, 1);
    answer(program, SECCOMP_RET_ERRNO | EACCES);
    answer(program, SECCOMP_RET_ALLOW);
}

static void refuse_to_worker(struct program *program)
{
    const uint32_t self = (uint32_t)getpid();
    step(program, BPF_JMP | BPF_JGE | BPF_K, UNHEARD_OF, 0, 1);
    answer(program, SECCOMP_RET_ERRNO | ENOSYS);
    for (size_t i = 0; i < COUNT(worker_calls); i++) refuse(program, worker_calls[i], EPERM);
    refuse_others(program, SYS_tgkill, 0, self, self);
    refuse_others(program, SYS_prlimit64, 0, 0, self);
    refuse(program, SYS_openat2, ENOSYS); /* its flags can't be looked at */
    refuse_writing(program, SYS_openat, 2);
#ifdef SYS_open
    refuse_writing(program, SYS_open, 1);
#endif
    refuse_processes(program);
}

static bool install(const struct program *program)
{
    struct sock_fprog filter = {program->count, (struct sock_filter *)(uintptr_t)program->steps};
    return !program->full && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

static bool filter(bool worker)
{
    struct program program = {.count = 0};
    begin(&program);
    for (size_t i = 0; i < COUNT(private_calls); i++) refuse(&program, private_calls[i], EPERM);
    if (worker) refuse_to_worker(&program);
    answer(&program, SECCOMP_RET_ALLOW);
    return install(&program);
}

#else
static bool filter(bool worker)
{
    (void)worker;
    return false;
}
#endif

/* ---- Landlock ---------------------------------------------------------------------------------------------- */

/* Of <linux/landlock.h>, spelled out because the headers of a distribution are often older than its kernel. */
struct ruleset {
    uint64_t files, network, scoped;
};

struct beneath {
    uint64_t allowed;
    int32_t folder;
} __attribute__((packed));

#define READ_FILE (1u << 2)
#define READ_DIR (1u << 3)
#define BENEATH 1

static int make_ruleset(void)
{
#ifdef SYS_landlock_create_ruleset
    /* Rights a version of the interface knows, by its number; naming an unknown one is an error. */
    static const uint64_t files[] = {0, 0x1fff, 0x3fff, 0x7fff, 0x7fff, 0xffff};
    long version = syscall(SYS_landlock_create_ruleset, NULL, 0, 1);
    if (version < 1) return -1;
    struct ruleset rules = {.files = files[version < 5 ? version : 5]};
    size_t size = sizeof rules.files;
    if (version >= 4) {
        rules.network = 3; /* TCP: bind, connect */
        size += sizeof rules.network;
    }
    if (version >= 6) {
        rules.scoped = 3; /* abstract sockets, signals */
        size += sizeof rules.scoped;
    }
    return (int)syscall(SYS_landlock_create_ruleset, &rules, size, 0);
#else
    return -1;
#endif
}

static bool close_files(void)
{
#ifdef SYS_landlock_create_ruleset
    static const char *const readable[] = {"/usr", "/lib",  "/lib64", "/etc",         "/opt",     "/nix",
                                           "/gnu", "/proc", "/sys",   "/dev/urandom", "/dev/zero"};
    int rules = make_ruleset();
    if (rules < 0) return false;
    for (size_t i = 0; i < sizeof readable / sizeof *readable; i++) {
        struct beneath rule = {READ_FILE | READ_DIR, open(readable[i], O_PATH | O_CLOEXEC)};
        if (rule.folder < 0) continue;
        if (syscall(SYS_landlock_add_rule, rules, BENEATH, &rule, 0)) {
            rule.allowed = READ_FILE; /* not a folder */
            syscall(SYS_landlock_add_rule, rules, BENEATH, &rule, 0);
        }
        close(rule.folder);
    }
    bool good = prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && syscall(SYS_landlock_restrict_self, rules, 0) == 0;
    close(rules);
    return good;
#else
    return false;
#endif
}

/* ---- Entering ---------------------------------------------------------------------------------------------- */

void sandbox_volunteer(void)
{
    int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
    if (fd < 0) return;
    if (write(fd, "1000", 4) != 4) {
        /* Then the kernel goes by size alone. */
    }
    close(fd);
}

int sandbox_enter_private(void) { return filter(false) ? SANDBOX_PRIVATE : 0; }

int sandbox_enter_worker(void)
{
    int files = close_files() ? SANDBOX_FILES : 0; /* first: the filter may one day refuse Landlock's own calls */
    return files | (filter(true) ? SANDBOX_PRIVATE : 0);
}

static int try_everything(int entered)
{
    int holds = 0;
    char *const nothing[] = {NULL};
    if ((entered & SANDBOX_PRIVATE) && socket(AF_INET, SOCK_STREAM, 0) < 0 && errno == EPERM &&
        socket(AF_UNIX, SOCK_STREAM, 0) < 0 && errno == EPERM && execve("/bin/true", nothing, nothing) && errno == EPERM)
        holds |= SANDBOX_PRIVATE;
    if ((entered & SANDBOX_FILES) && open(".", O_RDONLY | O_DIRECTORY) < 0 && errno == EACCES &&
        open("/dev/null", O_WRONLY) < 0 && errno == EACCES)
        holds |= SANDBOX_FILES;
    return holds;
}

int sandbox_probe(bool tempt)
{
    int status;
    pid_t child = fork();
    if (child == 0) {
        int entered = chdir("/") ? 0 : sandbox_enter_worker();
        _exit(tempt ? try_everything(entered) : entered);
    }
    if (child < 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status)) return 0;
    return WEXITSTATUS(status) & SANDBOX_ALL;
}

void sandbox_describe(int holds, FILE *out)
{
    fprintf(out, "sockets and programs %s (seccomp), files %s (Landlock)", holds & SANDBOX_PRIVATE ? "refused" : "NOT refused",
            holds & SANDBOX_FILES ? "closed" : "NOT closed");
}
