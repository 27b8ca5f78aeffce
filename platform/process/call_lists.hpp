// The system calls that call_filter.cpp tells apart, by what they are for. For that file only.
#pragma once

#include <sys/syscall.h>

namespace noodstop::platform {

// What a server on open sockets needs.
inline constexpr long allowed_calls[] = {
#ifdef __LP64__
    SYS_mmap, SYS_newfstatat, SYS_fstat, SYS_statfs, SYS_fstatfs,
#endif
#ifdef __x86_64__
    SYS_open, SYS_access, SYS_stat, SYS_lstat, SYS_readlink, SYS_getdents, SYS_dup2, SYS_pipe, SYS_poll, SYS_select,
    SYS_epoll_create, SYS_epoll_wait, SYS_eventfd, SYS_pause, SYS_time, SYS_arch_prctl,
#endif
#ifdef __arm__
    SYS_mmap2, SYS_open, SYS_access, SYS_stat64, SYS_lstat64, SYS_fstat64, SYS_fstatat64, SYS_statfs64, SYS_fstatfs64,
    SYS_readlink, SYS_fcntl64, SYS__llseek, SYS_dup2, SYS_pipe, SYS_poll, SYS__newselect, SYS_epoll_create,
    SYS_epoll_wait, SYS_eventfd, SYS_pause, SYS_send, SYS_recv, SYS_sigreturn, SYS_ugetrlimit,
    // the same with longer times
    SYS_clock_gettime64, SYS_clock_getres_time64, SYS_clock_nanosleep_time64, SYS_futex_time64, SYS_ppoll_time64,
    SYS_pselect6_time64, SYS_recvmmsg_time64, SYS_rt_sigtimedwait_time64, SYS_timerfd_settime64, SYS_timerfd_gettime64,
    // and with longer numbers
    SYS_getuid32, SYS_geteuid32, SYS_getgid32, SYS_getegid32, SYS_getgroups32,
#endif
    // open descriptors
    SYS_read, SYS_write, SYS_readv, SYS_writev, SYS_pread64, SYS_pwrite64, SYS_preadv, SYS_pwritev, SYS_lseek,
    SYS_close, SYS_dup, SYS_dup3, SYS_fcntl, SYS_pipe2,
    // files, as far as they may be opened
    SYS_openat, SYS_openat2, SYS_faccessat, SYS_faccessat2, SYS_statx, SYS_readlinkat, SYS_getdents64, SYS_getcwd,
    // sockets
    SYS_socketpair, SYS_connect, SYS_accept, SYS_accept4, SYS_listen, SYS_shutdown, SYS_sendto, SYS_sendmsg,
    SYS_sendmmsg, SYS_recvfrom, SYS_recvmsg, SYS_recvmmsg, SYS_getsockname, SYS_getpeername, SYS_getsockopt,
    SYS_setsockopt,
    // waiting
    SYS_ppoll, SYS_pselect6, SYS_epoll_create1, SYS_epoll_ctl, SYS_epoll_pwait, SYS_epoll_pwait2, SYS_eventfd2,
    SYS_timerfd_create, SYS_timerfd_settime, SYS_timerfd_gettime, SYS_futex, SYS_restart_syscall, SYS_nanosleep,
    SYS_clock_nanosleep, SYS_sched_yield,
    // memory
    SYS_mprotect, SYS_munmap, SYS_mremap, SYS_madvise, SYS_brk, SYS_membarrier, SYS_mincore,
    // threads and signals
    SYS_rt_sigaction, SYS_rt_sigprocmask, SYS_rt_sigreturn, SYS_rt_sigtimedwait, SYS_sigaltstack, SYS_set_robust_list,
    SYS_get_robust_list, SYS_rseq, SYS_set_tid_address, SYS_gettid, SYS_getpid, SYS_getppid, SYS_exit, SYS_exit_group,
    SYS_sched_getaffinity, SYS_getcpu,
    // time
    SYS_clock_gettime, SYS_clock_getres, SYS_gettimeofday, SYS_times,
    // who and where this process is
    SYS_getuid, SYS_geteuid, SYS_getgid, SYS_getegid, SYS_getgroups, SYS_uname, SYS_sysinfo, SYS_getrusage,
    SYS_getrandom};

// What only somebody else would ask for in the name of such a server.
inline constexpr long deadly_calls[] = {
#ifdef __LP64__
    SYS_kexec_file_load,
#endif
#ifdef __x86_64__
    SYS_iopl, SYS_ioperm,
#endif
#ifdef __arm__
    SYS_setuid32, SYS_setgid32, SYS_setreuid32, SYS_setregid32, SYS_setresuid32, SYS_setresgid32, SYS_setgroups32,
    SYS_setfsuid32, SYS_setfsgid32, SYS_clock_settime64, SYS_clock_adjtime64,
#endif
    // other programs
    SYS_execve, SYS_execveat,
    // other processes
    SYS_ptrace, SYS_process_vm_readv, SYS_process_vm_writev, SYS_process_madvise, SYS_pidfd_getfd, SYS_kcmp,
    // the kernel
    SYS_init_module, SYS_finit_module, SYS_delete_module, SYS_kexec_load, SYS_bpf, SYS_perf_event_open, SYS_userfaultfd,
    // file systems
    SYS_mount, SYS_umount2, SYS_pivot_root, SYS_chroot, SYS_move_mount, SYS_open_tree, SYS_fsopen, SYS_fsconfig,
    SYS_fsmount, SYS_fspick, SYS_mount_setattr, SYS_open_by_handle_at, SYS_quotactl, SYS_acct,
    // users and rights
    SYS_setuid, SYS_setgid, SYS_setreuid, SYS_setregid, SYS_setresuid, SYS_setresgid, SYS_setgroups, SYS_setfsuid,
    SYS_setfsgid, SYS_capset, SYS_unshare, SYS_setns,
    // keys
    SYS_keyctl, SYS_add_key, SYS_request_key,
    // the machine
    SYS_swapon, SYS_swapoff, SYS_reboot, SYS_settimeofday, SYS_clock_settime, SYS_clock_adjtime, SYS_adjtimex,
    SYS_sethostname, SYS_setdomainname, SYS_vhangup};

}  // namespace noodstop::platform
