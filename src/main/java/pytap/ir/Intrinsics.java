package pytap.ir;

import static pytap.ir.Intrinsic.Kind.CONTEXT;
import static pytap.ir.Intrinsic.Kind.MEMORY;
import static pytap.ir.Intrinsic.Kind.PROBE;
import static pytap.ir.Intrinsic.Kind.PURE;
import static pytap.ir.Intrinsic.Kind.SESSION;
import static pytap.ir.Type.LONG;
import static pytap.ir.Type.STRING;
import static pytap.ir.Type.VOID;

import java.util.ArrayList;
import java.util.List;

/// The catalogue of intrinsics: SystemTap's library functions that pytap implements natively.
public final class Intrinsics {
  private static final List<Intrinsic> ALL = new Intrinsics().catalogue();

  /// How the names of those begin that a script writes as variables of a marker: `$$name`.
  public static final String OF_MARKER = "$$";

  private final List<Intrinsic> all = new ArrayList<>();

  private Intrinsics() {}

  /// Every intrinsic, in a fixed order. Names repeat where arities differ.
  public static List<Intrinsic> all() {
    return ALL;
  }

  private List<Intrinsic> catalogue() {
    moment();
    processes();
    tasks();
    stacks();
    registers();
    memory();
    session();
    text();
    numbers();
    names();
    return List.copyOf(all);
  }

  /// Functions of one signature.
  private void add(Intrinsic.Kind kind, Type result, List<Type> parameters, String... names) {
    for (String name : names) {
      all.add(new Intrinsic(name, parameters, result, kind));
    }
  }

  private static List<Type> none() {
    return List.of();
  }

  private static List<Type> of(Type... types) {
    return List.of(types);
  }

  private void moment() {
    add(CONTEXT, LONG, none(), "pid", "tid", "ppid", "uid", "euid", "gid", "egid", "cpu");
    add(CONTEXT, LONG, none(), "ns_pid", "ns_tid", "ns_ppid", "ns_uid", "ns_euid", "ns_gid");
    add(CONTEXT, LONG, none(), "ns_egid", "cpuid");
    add(CONTEXT, STRING, none(), "execname");
    add(CONTEXT, LONG, none(), "gettimeofday_s", "gettimeofday_ms", "gettimeofday_us");
    add(CONTEXT, LONG, none(), "gettimeofday_ns", "local_clock_s", "local_clock_ms");
    add(CONTEXT, LONG, none(), "local_clock_us", "local_clock_ns", "ktime_get_ns", "get_cycles");
    add(CONTEXT, LONG, of(LONG), "cpu_clock_s", "cpu_clock_ms", "cpu_clock_us", "cpu_clock_ns");
    add(CONTEXT, LONG, none(), "jiffies", "qs_time");
    add(CONTEXT, STRING, none(), "ctime");
    add(CONTEXT, STRING, of(LONG), "thread_indent", "indent");
    add(CONTEXT, LONG, of(LONG), "thread_indent_depth", "indent_depth");
  }

  /// What a process is, beyond what the kernel tells at the probe: read when the handler runs.
  private void processes() {
    add(CONTEXT, STRING, none(), "pexecname", "cmdline_str");
    add(CONTEXT, STRING, of(LONG), "cmdline_arg");
    add(CONTEXT, STRING, of(LONG, LONG, STRING), "cmdline_args");
    add(CONTEXT, STRING, of(STRING), "env_var");
    add(CONTEXT, LONG, none(), "pgrp", "sid", "ns_pgrp", "ns_sid", "is_myproc");
    add(CONTEXT, LONG, none(), "proc_mem_size", "proc_mem_rss", "proc_mem_shr");
    add(CONTEXT, LONG, none(), "proc_mem_txt", "proc_mem_data");
    add(SESSION, LONG, of(LONG), "proc_mem_size", "proc_mem_rss", "proc_mem_shr");
    add(SESSION, LONG, of(LONG), "proc_mem_txt", "proc_mem_data");
    add(CONTEXT, LONG, none(), "task_utime", "task_stime");
    add(SESSION, LONG, of(LONG), "task_utime", "task_stime", "task_start_time");
    add(SESSION, LONG, of(LONG), "target_set_pid");
    add(SESSION, VOID, none(), "target_set_report");
  }

  /// A task is told by its thread id.
  private void tasks() {
    add(CONTEXT, LONG, none(), "task_current");
    add(SESSION, LONG, of(LONG), "pid2task", "task_pid", "task_tid", "task_parent", "task_state");
    add(SESSION, LONG, of(LONG), "task_uid", "task_euid", "task_gid", "task_egid", "task_prio");
    add(SESSION, LONG, of(LONG), "task_nice", "task_cpu", "task_ns_pid", "task_ns_tid");
    add(SESSION, LONG, of(LONG), "task_ns_uid", "task_ns_euid", "task_ns_gid", "task_ns_egid");
    add(SESSION, LONG, of(LONG), "task_open_file_handles", "task_max_file_handles");
    add(SESSION, LONG, of(LONG, STRING), "task_rlimit");
    add(SESSION, STRING, of(LONG), "task_execname", "pid2execname");
    add(SESSION, STRING, of(LONG, LONG), "task_ancestry");
  }

  /// The registers and the user stack at the probe.
  private void stacks() {
    add(CONTEXT, LONG, none(), "uaddr", "addr", "registers_valid", "user_mode");
    add(CONTEXT, VOID, none(), "print_regs", "print_ubacktrace", "print_ubacktrace_brief");
    add(CONTEXT, VOID, none(), "print_ubacktrace_fileline");
    add(CONTEXT, VOID, of(LONG, LONG, LONG), "print_ubacktrace", "print_ubacktrace_fileline");
    add(CONTEXT, STRING, none(), "sprint_ubacktrace", "ubacktrace", "caller", "probefunc");
    add(CONTEXT, LONG, none(), "caller_addr");
    add(CONTEXT, LONG, of(LONG), "ustack");
    add(CONTEXT, STRING, of(LONG), "ucallers", "callers");
    add(CONTEXT, STRING, of(LONG), "usymname", "usymdata", "usymfile", "usymline");
    add(CONTEXT, STRING, of(LONG), "usymfileline", "umodname", "umodbuildid");
    add(CONTEXT, LONG, of(LONG), "umodaddr");
    add(CONTEXT, VOID, of(STRING), "print_ustack", "print_usyms");
    add(CONTEXT, STRING, of(STRING), "sprint_ustack", "sprint_usyms");
  }

  /// What a function is given and gives back, and registers by their names.
  private void registers() {
    add(CONTEXT, LONG, of(LONG), "int_arg", "uint_arg", "long_arg", "ulong_arg", "longlong_arg");
    add(CONTEXT, LONG, of(LONG), "ulonglong_arg", "pointer_arg", "s32_arg", "u32_arg", "s64_arg");
    add(CONTEXT, LONG, of(LONG), "u64_arg");
    add(CONTEXT, LONG, none(), "returnval");
    add(CONTEXT, STRING, of(LONG), "returnstr");
    add(CONTEXT, LONG, of(STRING), "register", "u_register");
    add(CONTEXT, STRING, none(), OF_MARKER + "name", OF_MARKER + "provider");
  }

  private void memory() {
    add(MEMORY, STRING, of(LONG), "user_string", "user_string_warn", "user_string_quoted");
    add(MEMORY, STRING, of(LONG), "user_string_nofault");
    add(MEMORY, STRING, of(LONG, STRING), "user_string", "user_string2", "user_string_warn");
    add(MEMORY, STRING, of(LONG, STRING), "user_string2_warn");
    add(MEMORY, STRING, of(LONG, LONG), "user_string_n", "user_string_n_warn");
    add(MEMORY, STRING, of(LONG, LONG), "user_string_n_quoted", "user_string_n_nofault");
    add(MEMORY, STRING, of(LONG, LONG, STRING), "user_string_n", "user_string_n2");
    add(MEMORY, STRING, of(LONG, LONG, STRING), "user_string_n_warn", "user_string2_n_warn");
    add(MEMORY, STRING, of(LONG, LONG, LONG), "user_string_n_quoted", "user_string_n2_quoted");
    for (String name : MemoryRead.INTEGERS) {
      add(MEMORY, LONG, of(LONG), "user_" + name, "user_" + name + "_error");
    }
    for (String name : MemoryRead.WARNING_INTEGERS) {
      add(MEMORY, LONG, of(LONG), "user_" + name + "_warn");
    }
    add(CONTEXT, STRING, of(LONG), "user_string_utf16", "user_string_utf32");
    add(CONTEXT, STRING, of(LONG), "user_string_quoted_utf16", "user_string_quoted_utf32");
    add(CONTEXT, STRING, of(LONG, STRING), "user_string_utf16", "user_string_utf32");
    add(CONTEXT, STRING, of(LONG, STRING), "user_string2_utf16", "user_string2_utf32");
    add(CONTEXT, STRING, of(LONG, LONG, LONG), "user_buffer_quoted", "user_buffer_quoted_error");
  }

  private void session() {
    add(PROBE, STRING, none(), "pn", "ppfunc", "pnlabel", "probe_type");
    add(CONTEXT, STRING, none(), "pp");
    add(PROBE, LONG, none(), "is_return");
    add(SESSION, LONG, none(), "target", "stp_pid", "remote_id", "HZ", "mem_page_size");
    add(SESSION, STRING, none(), "module_name", "module_size", "remote_uri");
    add(SESSION, VOID, none(), "exit", "abort", "switch_file");
    add(SESSION, VOID, of(STRING), "log", "warn", "error", "system");
    add(SESSION, LONG, of(LONG), "randint");
    add(SESSION, LONG, none(), "tz_gmtoff");
    add(SESSION, STRING, none(), "tz_name");
    add(SESSION, STRING, of(LONG), "tz_ctime");
    add(SESSION, LONG, none(), "speculation");
    add(SESSION, VOID, of(LONG, STRING), "speculate");
    add(SESSION, VOID, of(LONG), "commit", "discard");
    add(SESSION, VOID, of(LONG, LONG, LONG, LONG, LONG), "stp_print_binary");
  }

  private void text() {
    add(PURE, LONG, of(STRING), "strlen", "isdigit");
    add(PURE, STRING, of(STRING, LONG, LONG), "substr");
    add(PURE, LONG, of(STRING, LONG), "stringat", "strtol");
    add(PURE, LONG, of(STRING, STRING), "isinstr", "strpos");
    add(PURE, STRING, of(STRING, STRING, STRING), "str_replace");
    add(PURE, STRING, of(STRING), "text_str", "string_quoted");
    add(PURE, STRING, of(STRING, LONG, LONG), "text_strn");
    add(SESSION, STRING, of(STRING, STRING), "tokenize");
    add(SESSION, STRING, of(STRING), "tokenize");
    add(PURE, STRING, of(LONG), "ctime");
    add(SESSION, STRING, of(LONG), "matched");
    add(SESSION, LONG, none(), "ngroups");
  }

  private void numbers() {
    add(PURE, LONG, of(LONG), "htons", "htonl", "htonll", "ntohs", "ntohl", "ntohll");
    add(PURE, LONG, of(LONG), "big_endian2", "big_endian4", "big_endian8");
    add(PURE, LONG, of(LONG), "little_endian2", "little_endian4", "little_endian8");
    add(PURE, LONG, of(LONG), "fp32_to_fp64", "fp_sqrt", "long_to_fp");
    add(PURE, LONG, of(LONG, LONG), "fp_add", "fp_sub", "fp_mul", "fp_div", "fp_rem");
    add(PURE, LONG, of(LONG, LONG), "fp_eq", "fp_le", "fp_lt");
    add(PURE, LONG, of(LONG, LONG, LONG), "fp_to_long");
    add(PURE, STRING, of(LONG, LONG), "fp_to_string");
    add(PURE, LONG, of(STRING), "string_to_fp");
    add(PURE, LONG, of(LONG), "MAJOR", "MINOR", "cputime_to_msecs", "cputime_to_usecs");
    add(PURE, LONG, of(LONG, LONG), "MKDEV");
  }

  /// Numbers that have names.
  private void names() {
    add(PURE, STRING, of(LONG), "errno_str", "signal_str", "sigset_mask_str", "sa_flags_str");
    add(PURE, STRING, of(LONG), "sa_handler_str", "ip_ntop", "tcp_sockstate_str");
    add(PURE, LONG, of(LONG), "errno_p");
    add(PURE, STRING, of(LONG), "sock_prot_num2str", "sock_fam_num2str", "sock_state_num2str");
    add(PURE, STRING, of(LONG), "sock_type_num2str", "sock_flags_num2str", "msg_flags_num2str");
    add(PURE, LONG, of(STRING), "sock_prot_str2num", "sock_fam_str2num", "sock_state_str2num");
    add(PURE, LONG, of(STRING), "sock_type_str2num", "rlimit_from_str");
  }
}
