"""The child drops its own rights before it loads submitted code.

1. resource limits        memory, processor time, file size, processes ...
2. no_new_privs           setuid programs (sudo, su) no longer grant rights
3. a system call filter   no sockets, no tracing, no namespaces, no mounts

None of the three can be undone. The filter is a program for the kernel's
BPF machine: it looks at the number of each system call and returns "allow"
or an error number.

limits   name of a resource -> soft and hard limit  {"RLIMIT_CORE": [0, 0]}
"""
import ctypes
import errno
import os
import platform
import resource
import struct

PR_SET_NO_NEW_PRIVS = 38
PR_SET_SECCOMP = 22
SECCOMP_MODE_FILTER = 2

# Offsets into the kernel's struct seccomp_data.
NUMBER, ARCHITECTURE, FIRST_ARGUMENT = 0, 4, 16

# Operations of the BPF machine.
LOAD, JUMP_EQUAL, JUMP_AT_LEAST, JUMP_ANY_BIT, RETURN = (
    0x20, 0x15, 0x35, 0x45, 0x06)
ALLOW, KILL, FAIL = 0x7FFF0000, 0x80000000, 0x00050000

# CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID and NEWNET
NEW_NAMESPACE = 0x7E020000

# System call -> its number on x86-64 and on aarch64, None if there is none.
DENIED = {
    # communication
    "socket": (41, 198), "socketpair": (53, 199), "connect": (42, 203),
    "bind": (49, 200), "listen": (50, 201), "accept": (43, 202),
    "accept4": (288, 242),
    # access to other processes
    "ptrace": (101, 117), "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271), "process_madvise": (440, 440),
    "pidfd_getfd": (438, 438), "kcmp": (312, 272),
    "perf_event_open": (298, 241), "userfaultfd": (323, 282),
    # namespaces and mounts
    "unshare": (272, 97), "setns": (308, 268), "chroot": (161, 51),
    "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41),
    "open_tree": (428, 428), "move_mount": (429, 429),
    "fsopen": (430, 430), "fsconfig": (431, 431), "fsmount": (432, 432),
    "fspick": (433, 433), "mount_setattr": (442, 442),
    # programs for the kernel, and calls that bypass this filter
    "bpf": (321, 280), "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426), "io_uring_register": (427, 427),
    "init_module": (175, 105), "finit_module": (313, 273),
    "delete_module": (176, 106), "kexec_load": (246, 104),
    "kexec_file_load": (320, 294), "modify_ldt": (154, None),
    # memory and messages that outlive a process
    "shmget": (29, 194), "shmat": (30, 196), "shmctl": (31, 195),
    "semget": (64, 190), "semctl": (66, 191), "msgget": (68, 186),
    "msgctl": (71, 187), "mq_open": (240, 180), "mq_unlink": (241, 181),
    "memfd_create": (319, 279), "memfd_secret": (447, 447),
    "add_key": (248, 217), "request_key": (249, 218), "keyctl": (250, 219),
    # notification when the grader touches a file
    "inotify_init": (253, None), "inotify_init1": (294, 26),
    "inotify_add_watch": (254, 27), "fanotify_init": (300, 262),
    "fanotify_mark": (301, 263), "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265),
    # the machine itself
    "reboot": (169, 142), "personality": (135, 92), "swapon": (167, 224),
    "swapoff": (168, 225), "acct": (163, 89), "syslog": (103, 116),
    "settimeofday": (164, 170), "clock_settime": (227, 112),
    "clock_adjtime": (305, 266), "adjtimex": (159, 171),
    "sethostname": (170, 161), "setdomainname": (171, 162),
    "quotactl": (179, 60), "quotactl_fd": (443, 443),
    "iopl": (172, None), "ioperm": (173, None)}
CLONE = (56, 220)
CLONE3 = (435, 435)

# Machine -> its column in the table, and the kernel's number for it.
MACHINES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}


def confine(limits, with_filter):
    """Limit this process and all that it will start, permanently.

    Arguments:
        limits: name of a resource -> (soft, hard), in bytes, seconds or
            as a count
        with_filter: whether to filter system calls, too (Linux only)
    Raises:
        OSError, ValueError: the system refuses; submitted code must not
            be loaded
    """
    for name, (soft, hard) in limits.items():
        resource.setrlimit(getattr(resource, name), (soft, hard))
    if with_filter:
        _prctl(PR_SET_NO_NEW_PRIVS, 1)
        _install(build_filter(platform.machine()))


def build_filter(machine):
    """Return the filter as a list of BPF instructions.

    Raises:
        OSError: the system calls of this machine are not in the table
    """
    if machine not in MACHINES:
        raise OSError(errno.ENOSYS, f"no system call filter for {machine}")
    column, architecture = MACHINES[machine]
    program = [_do(LOAD, ARCHITECTURE),
               _do(JUMP_EQUAL, architecture, 1, 0), _do(RETURN, KILL),
               _do(LOAD, NUMBER)]
    if machine == "x86_64":  # the same calls once more, for 32-bit pointers
        program += [_do(JUMP_AT_LEAST, 0x40000000, 0, 1), _fail(errno.EPERM)]
    for numbers in DENIED.values():
        if numbers[column] is not None:
            program += _refuse(numbers[column], errno.EACCES)
    # clone3 passes its flags in memory; without it libc falls back on clone
    program += _refuse(CLONE3[column], errno.ENOSYS)
    return program + [
        _do(JUMP_EQUAL, CLONE[column], 0, 3), _do(LOAD, FIRST_ARGUMENT),
        _do(JUMP_ANY_BIT, NEW_NAMESPACE, 0, 1), _fail(errno.EPERM),
        _do(RETURN, ALLOW)]


def _refuse(number, error):
    return [_do(JUMP_EQUAL, number, 0, 1), _fail(error)]


def _fail(error):
    return _do(RETURN, FAIL | error)


def _do(operation, operand, skip_if_true=0, skip_if_false=0):
    return struct.pack("HBBI", operation, skip_if_true, skip_if_false,
                       operand)


def _install(program):
    code = ctypes.create_string_buffer(b"".join(program))
    header = struct.pack("HP", len(program), ctypes.addressof(code))
    _prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER,
           ctypes.create_string_buffer(header, len(header)))


def _prctl(option, value, pointer=None):
    libc = ctypes.CDLL(None, use_errno=True)
    unused = ctypes.c_ulong(0)
    if libc.prctl(option, ctypes.c_ulong(value), pointer, unused, unused):
        number = ctypes.get_errno()
        raise OSError(number, f"prctl {option}: {os.strerror(number)}")
